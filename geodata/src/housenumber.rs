//! House numbers: parsed to a key for comparing, displayed as tagged.
//!
//! `12-А`, `12а`, `12 A` (Latin) and `12 літ. А` have one key; so have `12к2`, `12 корп. 2` and `12 корпус 2`. A tag may
//! list several numbers (`2;4`). What follows a unit word (flat, office, floor) is not part of the number.

use std::fmt;
use synonyms::{Gap, Meaning, Token, dictionary, tokenize};
use thiserror::Error;

/// Longer tags are texts, not numbers.
pub const MAX_HOUSENUMBER_CHARS: usize = 60;
/// The largest number that is believed to be a house's.
const MAX_NUMBER: u32 = 99_999;
const MAX_SECOND: u32 = 9_999;
const MAX_PART: u32 = 500;
/// How many numbers a range such as `5-17` may span.
const MAX_RANGE: u32 = 100;
/// How many numbers one tag may list.
const MAX_LIST: usize = 20;

/// Why a tag holds no house number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HousenumberError {
    #[error("no digits")]
    NoDigits,
    #[error("longer than {MAX_HOUSENUMBER_CHARS} characters")]
    TooLong,
    #[error("larger than {MAX_NUMBER}")]
    TooLarge,
}

/// What stands behind the main number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Second {
    None,
    /// `12/3`: a corner (3 on the crossing street) or the third building of plot 12.
    Fraction(u32),
    /// `5-9`: one building, several numbers.
    RangeTo(u32),
}

/// A parsed house number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Housenumber {
    pub number: u32,
    /// Class of the letter behind the number, 0 for none: Latin and Cyrillic twins share a class.
    pub letter: u8,
    pub second: Second,
    /// Class of the letter behind the second number.
    pub second_letter: u8,
    /// Corpus: `12 к2`.
    pub corpus: u32,
    /// Building or block: `12 стр. 1`.
    pub building: u32,
}

impl Housenumber {
    /// A plain number.
    pub fn plain(number: u32) -> Housenumber {
        Housenumber {
            number,
            letter: 0,
            second: Second::None,
            second_letter: 0,
            corpus: 0,
            building: 0,
        }
    }

    /// Whether there is nothing but the number.
    pub fn is_plain(&self) -> bool {
        *self == Housenumber::plain(self.number)
    }

    /// All numbers of a tag: `2;4` → 2 and 4.
    ///
    /// # Errors
    /// When the text is too long, has no digits, or a number is beyond belief.
    pub fn parse_tag(text: &str) -> Result<Vec<Housenumber>, HousenumberError> {
        if text.chars().count() > MAX_HOUSENUMBER_CHARS {
            return Err(HousenumberError::TooLong);
        }
        let tokens = tokenize(text);
        let mut numbers = Vec::new();
        let mut at = tokens
            .iter()
            .position(Token::is_number)
            .ok_or(HousenumberError::NoDigits)?;
        while at < tokens.len() && numbers.len() < MAX_LIST {
            let (number, used) =
                Housenumber::read(&tokens[at..]).ok_or(HousenumberError::TooLarge)?;
            numbers.push(number);
            at += used;
            let another = tokens
                .get(at)
                .is_some_and(|t| t.is_number() && matches!(t.gap, Gap::Comma | Gap::Other));
            if !another {
                break;
            }
        }
        Ok(numbers)
    }

    /// The keys under which a house with this tag is found: of each of its numbers and, of a range, of every number in
    /// it (of one parity when its ends agree).
    ///
    /// # Errors
    /// As [`Housenumber::parse_tag`].
    pub fn keys_of_tag(text: &str) -> Result<Vec<u64>, HousenumberError> {
        let numbers = Housenumber::parse_tag(text)?;
        let found = numbers.iter().flat_map(Housenumber::found_as);
        Ok(found.map(|n| n.key()).collect())
    }

    fn found_as(&self) -> Vec<Housenumber> {
        let mut found = vec![*self];
        if let Second::RangeTo(to) = self.second {
            let step = if (to - self.number).is_multiple_of(2) {
                2
            } else {
                1
            };
            found.extend((self.number..=to).step_by(step).map(Housenumber::plain));
        }
        found
    }

    /// Reads one number from the beginning of tokens; also returns how many tokens it took.
    ///
    /// `None` when they do not begin with a believable number.
    pub fn read(tokens: &[Token]) -> Option<(Housenumber, usize)> {
        let mut house = Housenumber::plain(small(tokens.first()?, MAX_NUMBER)?);
        let mut at = 1;
        while let Some(used) = house.read_part(&tokens[at..]) {
            at += used;
        }
        Some((house, at))
    }

    /// Reads one more part of the number; returns how many tokens it took.
    fn read_part(&mut self, tokens: &[Token]) -> Option<usize> {
        let token = tokens.first()?;
        let next = tokens.get(1);
        if token.is_number() {
            return self.read_second(token).then_some(1);
        }
        if let Some(next) = next.filter(|t| t.is_number() && t.gap != Gap::Comma) {
            let value = small(next, MAX_PART);
            if let (Some(value), Some(part)) = (value, self.numbered_part(&token.fold)) {
                *part = value;
                return Some(2);
            }
        }
        let means_letter = dictionary()
            .meanings(&token.fold)
            .contains(&Meaning::Unit("letter"));
        if let Some(next) = next.filter(|_| means_letter && token.len() > 1) {
            return self.read_letter(next).then_some(2);
        }
        let followed =
            next.is_some_and(|t| t.is_number() && t.gap == Gap::Space && is_unit_word(&token.fold));
        let apart = matches!(token.gap, Gap::Dot | Gap::Comma | Gap::Other);
        (!apart && !followed && self.read_letter(token)).then_some(1)
    }

    fn read_second(&mut self, token: &Token) -> bool {
        let Some(value) = small(token, MAX_SECOND).filter(|_| self.second == Second::None) else {
            return false;
        };
        match token.gap {
            Gap::Slash => self.second = Second::Fraction(value),
            Gap::Hyphen if value > self.number && value - self.number <= MAX_RANGE => {
                self.second = Second::RangeTo(value)
            }
            Gap::Hyphen => self.second = Second::Fraction(value),
            _ => return false,
        }
        true
    }

    fn numbered_part(&mut self, word: &str) -> Option<&mut u32> {
        let means = |unit| dictionary().meanings(word).contains(&Meaning::Unit(unit));
        if means("corpus") && self.corpus == 0 {
            return Some(&mut self.corpus);
        }
        (means("building") && self.building == 0).then_some(&mut self.building)
    }

    fn read_letter(&mut self, token: &Token) -> bool {
        let mut chars = token.fold.chars();
        let (Some(letter), None) = (chars.next(), chars.next()) else {
            return false;
        };
        let slot = if self.second == Second::None {
            &mut self.letter
        } else {
            &mut self.second_letter
        };
        if *slot != 0 || !letter.is_alphabetic() {
            return false;
        }
        *slot = letter_class(letter);
        *slot != 0
    }

    /// The key by which houses of a street are sorted and found: the number first, then its parts. Fits 62 bits.
    pub fn key(&self) -> u64 {
        let (kind, second) = match self.second {
            Second::None => (0, 0),
            Second::Fraction(n) => (1, n),
            Second::RangeTo(n) => (2, n),
        };
        let fields = [
            (u64::from(self.letter), 6),
            (kind, 2),
            (u64::from(second), 14),
            (u64::from(self.second_letter), 6),
            (u64::from(self.corpus), 9),
            (u64::from(self.building), 9),
        ];
        fields
            .into_iter()
            .fold(u64::from(self.number), |key, (value, bits)| {
                key << bits | value
            })
    }

    /// The number back from its key.
    pub fn from_key(key: u64) -> Housenumber {
        let mut rest = key;
        let mut take = |bits: u32| {
            let value = rest & ((1 << bits) - 1);
            rest >>= bits;
            u32::try_from(value).unwrap_or_default()
        };
        let (building, corpus, second_letter, second, kind, letter) =
            (take(9), take(9), take(6), take(14), take(2), take(6));
        let byte = |v: u32| u8::try_from(v).unwrap_or_default();
        Housenumber {
            number: take(17),
            letter: byte(letter),
            second: match kind {
                1 => Second::Fraction(second),
                2 => Second::RangeTo(second),
                _ => Second::None,
            },
            second_letter: byte(second_letter),
            corpus,
            building,
        }
    }

    /// First key of a number, whatever its parts: the houses of number `n` lie between `first_key(n)` and
    /// `first_key(n + 1)`.
    pub fn first_key(number: u32) -> u64 {
        Housenumber::plain(number).key()
    }
}

impl fmt::Display for Housenumber {
    /// The canonical form: `12-А` prints `12а`, `12 корп. 2` prints `12к2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |class: u8| letter_of(class).map(String::from).unwrap_or_default();
        write!(f, "{}{}", self.number, letter(self.letter))?;
        match self.second {
            Second::None => {}
            Second::Fraction(n) => write!(f, "/{n}{}", letter(self.second_letter))?,
            Second::RangeTo(n) => write!(f, "-{n}{}", letter(self.second_letter))?,
        }
        if self.corpus > 0 {
            write!(f, "к{}", self.corpus)?;
        }
        if self.building > 0 {
            write!(f, " буд {}", self.building)?;
        }
        Ok(())
    }
}

fn small(token: &Token, max: u32) -> Option<u32> {
    token.fold.parse().ok().filter(|n| *n <= max)
}

fn is_unit_word(word: &str) -> bool {
    dictionary()
        .meanings(word)
        .iter()
        .any(|m| matches!(m, Meaning::Unit(_)))
}

/// Letters of house numbers; a class is a position, counted from 1. Latin letters come behind the Cyrillic ones unless
/// they look like one of those or stand for the same sound without a rival.
const LETTERS: &str = "абвгдежзиійклмнопрстуфхцчшщьюяыэnrsvjqw";
const SAME: &str = "aаbвcсdдeеfфgгhнiіkкlлmмoоpрtтuуxхyуzз";

fn letter_class(letter: char) -> u8 {
    let mut pairs = SAME.chars();
    let mut canonical = letter;
    while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
        if from == letter {
            canonical = to;
        }
    }
    LETTERS
        .chars()
        .position(|l| l == canonical)
        .and_then(|n| u8::try_from(n + 1).ok())
        .unwrap_or_default()
}

fn letter_of(class: u8) -> Option<char> {
    LETTERS.chars().nth(usize::from(class.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let numbers: Vec<String> = Housenumber::parse_tag(text)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(numbers, expect, "{text}");
    }

    #[test]
    fn spellings_of_a_letter_are_one_number() {
        for text in [
            "12А",
            "12-А",
            "12 а",
            "12A",
            "12 літ. А",
            "12 літера а",
            "№12а",
        ] {
            check(text, &["12а"]);
        }
        check("12B", &["12в"]);
        check("9/A", &["9а"]);
    }

    #[test]
    fn spellings_of_a_corpus_are_one_number() {
        for text in [
            "12к2",
            "12 к2",
            "12 корп. 2",
            "12 корпус 2",
            "12 к. 2",
            "12 корп 2",
        ] {
            check(text, &["12к2"]);
        }
    }

    #[test]
    fn corners_ranges_and_lists() {
        check("12/3", &["12/3"]);
        check("12/3-Б", &["12/3б"]);
        check("5-9", &["5-9"]);
        check("2;4", &["2", "4"]);
        check("2, 4", &["2", "4"]);
        check("37, 37a, 37b", &["37", "37а", "37в"]);
    }

    #[test]
    fn units_end_the_number() {
        check("12, of. 3", &["12"]);
        check("12/2 ap.35", &["12/2"]);
        check("12 of.1", &["12"]);
        check("9/9кв.9", &["9/9"]);
    }

    #[test]
    fn texts_are_not_numbers() {
        assert_eq!(
            Housenumber::parse_tag("б/н"),
            Err(HousenumberError::NoDigits)
        );
        assert_eq!(Housenumber::parse_tag(""), Err(HousenumberError::NoDigits));
        assert_eq!(
            Housenumber::parse_tag(&"1".repeat(250)),
            Err(HousenumberError::TooLong)
        );
        assert_eq!(
            Housenumber::parse_tag("123456789"),
            Err(HousenumberError::TooLarge)
        );
    }

    prop_compose! {
        fn any_number()(number in 0..=MAX_NUMBER, letter in 0..40u8, second in 0..3_usize, value in 0..=MAX_SECOND, second_letter in 0..40u8, corpus in 0..=MAX_PART, building in 0..=MAX_PART) -> Housenumber {
            let second = [Second::None, Second::Fraction(value), Second::RangeTo(value)][second];
            Housenumber { number, letter, second, second_letter, corpus, building }
        }
    }

    proptest! {
        #[test]
        fn a_key_gives_the_number_back(house in any_number()) {
            prop_assert_eq!(Housenumber::from_key(house.key()), house);
            prop_assert!(house.key() < 1 << 63);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,70}") {
            if let Ok(numbers) = Housenumber::parse_tag(&text) {
                prop_assert!(!numbers.is_empty());
            }
        }
    }
}
