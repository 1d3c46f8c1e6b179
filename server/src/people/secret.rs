//! Secrets: 256 random bits in hex, with a beginning by which a leaked one is recognised.

use geodata::base::hash_secret;
use std::fmt::Write as _;

const BEGINNING: &str = "kudy_";
const HEX_CHARS: usize = 64;

/// A new secret.
///
/// # Errors
/// When the system gives no random bits.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bits = [0; HEX_CHARS / 2];
    getrandom::fill(&mut bits)?;
    let mut secret = BEGINNING.to_owned();
    for byte in bits {
        write!(secret, "{byte:02x}").expect("a string takes everything");
    }
    Ok(secret)
}

/// The secret that belongs to a client's key and a random salt: the same key gets the same secret again, and who knows
/// only what is stored, the salt, gets nothing.
pub(crate) fn secret_of_key(salt: &str, key: &str) -> String {
    format!("{BEGINNING}{}", hash_secret(&format!("{salt} {key}")))
}

/// Whether a text has the form of a secret: what has not is refused without asking the base.
pub(super) fn is_secret(text: &str) -> bool {
    let hex = text.strip_prefix(BEGINNING).unwrap_or_default();
    hex.len() == HEX_CHARS && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_have_their_form() {
        let (one, two) = (new_secret().unwrap(), new_secret().unwrap());
        assert!(one != two && is_secret(&one) && is_secret(&two));
        assert!(
            !is_secret("kudy_12") && !is_secret(&one.replace("kudy", "kuda")) && !is_secret("")
        );
    }
}
