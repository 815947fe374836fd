//! Private keys. They are read here and signed with here; the core gets the public half and the signature.

use std::io::Read as _;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use portcullis_core::govern::PublicKey;

use crate::folder::Unreadable;

/// A private Ed25519 key.
pub(crate) struct Key(SigningKey);

/// More bytes than any key file has.
const MOST_BYTES: u64 = 1 << 16;

impl Key {
    /// Reads a file of PKCS#8 in PEM form or of OpenSSH.
    pub(crate) fn read(path: &str) -> Result<Self, Unreadable> {
        let unreadable = |reason: &str| Unreadable {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
            .map_err(|error| unreadable(&crate::folder::file_reason(&error)))?;
        Self::parse(&text).map_err(unreadable)
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
            return Self::of_openssh(text);
        }
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
            return Err(PASSPHRASE);
        }
        SigningKey::from_pkcs8_pem(text.trim())
            .map(Self)
            .map_err(|_| NO_KEY)
    }

    fn of_openssh(text: &str) -> Result<Self, &'static str> {
        let key = ssh_key::PrivateKey::from_openssh(text.trim()).map_err(|_| NO_KEY)?;
        if key.is_encrypted() {
            return Err(PASSPHRASE);
        }
        let pair = key.key_data().ed25519().ok_or(NO_KEY)?;
        let signing = SigningKey::from_bytes(&pair.private.to_bytes());
        // A file in which the halves do not belong together would sign as somebody else.
        if signing.verifying_key().as_bytes() != &pair.public.0 {
            return Err("its public half is not that of its private half");
        }
        Ok(Self(signing))
    }

    /// Its public half.
    pub(crate) fn public(&self) -> Option<PublicKey> {
        PublicKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// A signature over bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// What is wrong and what to do; npm/src/cli/key.mjs says the same.
const NO_KEY: &str = "it is no Ed25519 private key in PKCS#8 PEM or OpenSSH form; make one with `ssh-keygen -t ed25519`";
const PASSPHRASE: &str = "it has a passphrase; use a key without one";

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use ed25519_dalek::pkcs8::EncodePrivateKey as _;
    use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
    use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};

    use super::*;

    fn signing() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn openssh(seed: u8, public: u8) -> String {
        let public = SigningKey::from_bytes(&[public; 32]).verifying_key();
        let pair = Ed25519Keypair {
            public: ssh_key::public::Ed25519PublicKey(public.to_bytes()),
            private: Ed25519PrivateKey::from_bytes(&[seed; 32]),
        };
        let key = ssh_key::PrivateKey::new(KeypairData::Ed25519(pair), "alice").unwrap();
        key.to_openssh(ssh_key::LineEnding::LF).unwrap().to_string()
    }

    #[test]
    fn both_forms_are_one_key() {
        let pem = signing().to_pkcs8_pem(LineEnding::LF).unwrap();
        for text in [pem.as_str(), &openssh(7, 7)] {
            let key = Key::parse(text).ok().unwrap();
            let public = key.public().unwrap();
            assert_eq!(public.as_bytes(), signing().verifying_key().as_bytes());
            assert!(public.verifies(b"m", &key.sign(b"m")));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
        for (text, reason) in [
            ("", NO_KEY),
            ("ssh-ed25519 AAAA", NO_KEY),
            (encrypted, PASSPHRASE),
            (
                &openssh(7, 8),
                "its public half is not that of its private half",
            ),
        ] {
            assert_eq!(Key::parse(text).err(), Some(reason));
        }
    }
}
