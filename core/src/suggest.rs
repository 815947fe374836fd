//! "Did you mean": the nearest of some known words.

/// The known word nearest to `word`, where it is near enough to be meant: at most a third of the letters
/// differ. Of equally near ones the first in the alphabet.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|candidate| {
            let other = candidate.to_lowercase().replace('-', "_");
            (strsim::osa_distance(&folded, &other), candidate)
        })
        .filter(|(distance, candidate)| {
            let longest = word.chars().count().max(candidate.chars().count());
            distance * 3 <= longest
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["format", "fail-on", "as-of"];
        assert_eq!(nearest("fromat", known), Some("format"));
        assert_eq!(nearest("FAIL_ON", known), Some("fail-on"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
