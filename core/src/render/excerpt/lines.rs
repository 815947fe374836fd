//! Where lines start and end: at LF, CRLF or a lone CR.

/// The start of the line that `at` lies in, and whether it is farther away than `reach` and so cut.
pub(in crate::render) fn line_start(text: &str, at: usize, reach: usize) -> (usize, bool) {
    let from = ceil(text, at.saturating_sub(reach)).min(at);
    text.as_bytes()
        .get(from..at)
        .and_then(|part| part.iter().rposition(|b| is_break(*b)))
        .map_or((from, from > 0), |n| (from + n + 1, false))
}

/// The end of the line that `at` lies in, without its break, and whether it is farther away than `reach`
/// and so cut.
pub(in crate::render) fn line_end(text: &str, at: usize, reach: usize) -> (usize, bool) {
    let to = floor(text, at.saturating_add(reach)).max(at);
    text.as_bytes()
        .get(at..to)
        .and_then(|part| part.iter().position(|b| is_break(*b)))
        .map_or((to, to < text.len()), |n| (at + n, false))
}

/// The offset, moved back to the start of the character or of the CRLF that it lies in.
pub(super) fn outside_break(text: &str, at: usize) -> usize {
    let at = floor(text, at);
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    at - usize::from(before.ends_with('\r') && after.starts_with('\n'))
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

pub(super) fn line_breaks(text: &str) -> u32 {
    let mut count = 0;
    let mut after_return = false;
    for byte in text.bytes() {
        count += u32::from(is_break(byte) && !(byte == b'\n' && after_return));
        after_return = byte == b'\r';
    }
    count
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

pub(super) fn ceil(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(at)
}
