//! Levels, read from text, are tested here.
