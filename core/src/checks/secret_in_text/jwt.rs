//! JSON web tokens: RFC 7519 in the compact form of RFC 7515.

/// Whether `text` is a token: its first part is a JOSE header and there is a payload behind it.
pub(super) fn is_jwt(text: &str) -> bool {
    let mut parts = text.split('.');
    let (Some(header), Some(payload)) = (parts.next(), parts.next()) else {
        return false;
    };
    payload.len() >= 4
        && decode(header)
            .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
            .is_some_and(|header| header.get("alg").is_some_and(serde_json::Value::is_string))
}

/// Base64url without padding, as in RFC 4648; `None` where a character is not of it.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for b in text.bytes() {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(((bits >> count) & 0xff) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_decides() {
        // {"alg":"HS256"} and {"kid":"a"}
        assert!(is_jwt(&["eyJhbGciOiJI", "UzI1NiJ9.", "eyJzdWIiOiJhIn0", ".c2ln"].concat()));
        assert!(!is_jwt("eyJraWQiOiJhIn0.eyJzdWIiOiJhIn0.c2ln"));
        assert!(!is_jwt("eyJhbGciOiJIUzI1NiJ9"));
        assert_eq!(decode("aGk").as_deref(), Some(b"hi".as_slice()));
        assert_eq!(decode("a+"), None);
    }
}
