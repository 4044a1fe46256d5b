//! `flagfall diff`: what a change does to people.

pub mod sides;
