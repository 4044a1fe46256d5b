//! gzip: the same bytes for the same input, and never more out than is allowed.

use std::io::{self, Read, Write};

use flate2::{Compression, GzBuilder, bufread::GzDecoder};

/// Past this level a configuration hardly shrinks, but takes several times as long.
const LEVEL: u32 = 6;

/// Compresses. No time, no file name and no system is written, so equal input gives equal bytes.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::new(LEVEL));
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Inflates at most `most` bytes; none: there would be more.
///
/// # Errors
/// When it is not gzip, or damaged.
pub(super) fn inflate(bytes: &[u8], most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut found = Vec::new();
    let most_read = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    GzDecoder::new(bytes).take(most_read).read_to_end(&mut found)?;
    Ok((found.len() <= most).then_some(found))
}
