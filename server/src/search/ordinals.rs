//! Ordinals of several words: what is «двадцять четвертого Серпня» to a rider is «24 Серпня» on the map.

use super::text::{QueryText, QueryToken};
use synonyms::{Meaning, dictionary};

/// The smallest cardinal that is followed by an ordinal: «двадцять перша», but not «десять перша».
const LEAST_TENS: u16 = 20;

/// The text with its first ordinal of several words in digits; `None` when it has none.
pub(super) fn in_digits(original: &str, text: &QueryText) -> Option<String> {
    let mut starts = 0..text.tokens.len();
    let (number, tokens) = starts.find_map(|n| begins_with(&text.tokens[n..]))?;
    let before = original.chars().take(tokens.first()?.token.start);
    let after = original.chars().skip(tokens.last()?.token.end);
    let digits = number.to_string();
    Some(before.chain(digits.chars()).chain(after).collect())
}

/// The ordinal of several words that tokens begin with, and those: hundreds and tens as cardinals, then what is less as
/// an ordinal.
fn begins_with(tokens: &[QueryToken]) -> Option<(u16, &[QueryToken])> {
    let (mut sum, mut less_than) = (0, u16::MAX);
    for (n, token) in tokens.iter().enumerate() {
        let meanings = token.meanings().iter();
        let mut cardinals = meanings.filter_map(Meaning::cardinal);
        let is_round = |c: &u16| *c >= LEAST_TENS && c.is_multiple_of(10) && *c < less_than;
        if let Some(round) = cardinals.find(is_round) {
            sum += round;
            less_than = if round < 100 { 10 } else { 100 };
            continue;
        }
        let last = ordinal(token).filter(|o| sum > 0 && *o < less_than)?;
        return Some((sum + last, &tokens[..=n]));
    }
    None
}

/// The ordinal that a token is, or begins.
fn ordinal(token: &QueryToken) -> Option<u16> {
    let word = &token.token.fold;
    let number = |meanings: &[Meaning]| meanings.iter().find_map(Meaning::ordinal);
    let whole = number(dictionary().meanings(word));
    let begun = || number(dictionary().starting_with(word, 1).first()?.1);
    whole.or_else(|| token.prefix.then(begun).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_of_several_words_have_digits() {
        let digits = |text| in_digits(text, &QueryText::read(text, true));
        for (text, expect) in [
            ("вул. двадцять четвертого серпня 4", "вул. 24 серпня 4"),
            ("Двадцать пятого октября", "25 октября"),
            ("сто двадцять восьмої бригади 7", "128 бригади 7"),
            ("дев'яносто треть", "93"),
        ] {
            assert_eq!(digits(text).as_deref(), Some(expect), "{text}");
        }
        for text in [
            "восьмого березня 4",
            "сто",
            "двадцять двадцятого",
            "десять першого",
            "двадцять треть 4",
        ] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
