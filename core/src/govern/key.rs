//! Public keys. There are no private ones here: they stay with whoever signs.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, VerifyingKey};

/// An Ed25519 public key (RFC 8032) that is not weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

/// What OpenSSH writes before the base64 of an Ed25519 key, and in it.
const SSH: &str = "ssh-ed25519";

impl PublicKey {
    /// Of its 32 bytes; `None` where these are no point of the curve, or one whose signatures prove nothing.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        (!key.is_weak()).then_some(Self(bytes))
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `ed25519-public:` and base64, or a line of an OpenSSH public key.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for a message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "it is no Ed25519 public key";
        let bytes = if let Some(encoded) = text.strip_prefix("ed25519-public:") {
            BASE64.decode(encoded).map_err(|_| "it is not base64")?
        } else {
            let mut words = text.split(' ');
            match words.next() {
                Some(SSH) => {}
                Some(kind)
                    if kind.starts_with("ssh-")
                        || kind.starts_with("ecdsa-")
                        || kind.starts_with("sk-") =>
                {
                    return Err("its algorithm is not Ed25519");
                }
                _ => return Err("it begins neither with `ed25519-public:` nor with `ssh-ed25519`"),
            }
            let blob = BASE64
                .decode(words.next().unwrap_or_default())
                .map_err(|_| "it is not base64")?;
            let (kind, rest) = ssh_string(&blob).ok_or(BROKEN)?;
            let (key, rest) = ssh_string(rest).ok_or(BROKEN)?;
            if kind != SSH.as_bytes() || !rest.is_empty() {
                return Err(BROKEN);
            }
            key.to_vec()
        };
        let bytes =
            <[u8; 32]>::try_from(bytes).map_err(|_| "an Ed25519 public key has 32 bytes")?;
        Self::from_bytes(bytes).ok_or("it is weak, or no point of the curve")
    }

    /// Whether a signature over `message` was made with this key, by the strict rules: one message and key
    /// have no two signatures that differ in their encoding.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .is_ok()
        })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519-public:{}", BASE64.encode(self.0))
    }
}

/// A string of RFC 4251: its length in four bytes, then its bytes.
fn ssh_string(blob: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn ssh(kind: &str, key: &[u8]) -> String {
        let mut blob = Vec::new();
        for part in [kind.as_bytes(), key] {
            blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            blob.extend(part);
        }
        format!("{kind} {} alice@example.com", BASE64.encode(blob))
    }

    #[test]
    fn both_spellings_are_one_key() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let bytes = signing.verifying_key().to_bytes();
        let key = PublicKey::parse(&ssh(SSH, &bytes)).unwrap();
        assert_eq!(PublicKey::parse(&key.to_string()), Ok(key));
        let signature = signing.sign(b"m").to_bytes();
        assert!(key.verifies(b"m", &signature));
        assert!(!key.verifies(b"n", &signature));
        let mut other = signature;
        other[0] ^= 1;
        assert!(!key.verifies(b"m", &other));
    }

    #[test]
    fn what_is_no_key_says_why() {
        let bytes = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        let coded = BASE64.encode(bytes);
        for (text, reason) in [
            (ssh("ssh-rsa", &bytes), "its algorithm is not Ed25519"),
            (ssh(SSH, &bytes[..31]), "an Ed25519 public key has 32 bytes"),
            (
                format!("ed25519-public:{}", BASE64.encode([0; 32])),
                "it is weak, or no point of the curve",
            ),
            (
                format!("ed25519-public:{}", BASE64.encode([0; 33])),
                "an Ed25519 public key has 32 bytes",
            ),
            (format!("ed25519-public:{coded}\n"), "it is not base64"),
            (format!("ed25519-public: {coded}"), "it is not base64"),
            (
                coded,
                "it begins neither with `ed25519-public:` nor with `ssh-ed25519`",
            ),
            (SSH.to_owned(), "it is no Ed25519 public key"),
        ] {
            assert_eq!(PublicKey::parse(&text), Err(reason), "{text}");
        }
    }
}
