//! A difference as a page: Markdown for a comment, HTML for a browser.

pub(super) mod html;
pub(super) mod markdown;
