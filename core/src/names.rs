//! Names of attributes, as words.

/// The words of a name in lower case, whether it is written `user_role`, `user-role`, `userRole` or `UserRole`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before: char| {
                !before.is_uppercase() || chars.peek().is_some_and(|next| next.is_lowercase())
            });
        if starts_word || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_alphanumeric()
        {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn every_spelling_gives_the_same_words() {
        for name in [
            "user_role",
            "user-role",
            "userRole",
            "UserRole",
            "USER_ROLE",
            "user  role",
        ] {
            assert_eq!(words(name), ["user", "role"], "{name}");
        }
        assert_eq!(words("HTTPRole2"), ["http", "role2"]);
        assert_eq!(words("_"), [""; 0]);
    }
}
