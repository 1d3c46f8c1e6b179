//! Slips of the pen: what it costs to take one word for another.
//!
//! The optimal string alignment distance (insert, delete, substitute, swap neighbours) with costs after what really
//! happens on a phone: a letter that sounds alike costs least, then the key beside the right one, then any other. Both
//! words are folded and of one script.

use crate::layout::ROWS;
use crate::sound::sound_key;
use std::sync::LazyLock;

/// A letter for another that sounds alike: и for і, о for а.
const ALIKE: f32 = 0.5;
/// The key beside the right one.
const NEIGHBOUR: f32 = 0.8;
/// Any other letter.
const OTHER: f32 = 1.0;
/// One letter too many or too few.
const ONE_LETTER: f32 = 1.0;
/// A letter twice that should stand once, or the reverse; a soft sign.
const DOUBLED: f32 = 0.5;
const SWAPPED: f32 = 0.9;

/// Vowels that are confused where they are not stressed, besides those of one sound class.
const VOWELS: [(char, char); 10] = [
    ('о', 'а'),
    ('е', 'и'),
    ('е', 'і'),
    ('о', 'і'),
    ('я', 'а'),
    ('ю', 'у'),
    ('o', 'a'),
    ('e', 'i'),
    ('e', 'y'),
    ('u', 'o'),
];

/// What is known of a letter.
#[derive(Clone, Copy, PartialEq)]
struct Letter {
    char: char,
    /// Letters that sound alike have one number; 0 is none.
    sound: u8,
    /// One bit per pair of [`VOWELS`] that it belongs to.
    vowels: u16,
    /// Row and column of its key on each layout.
    keys: [Option<(u8, u8)>; ROWS.len()],
}

impl Letter {
    fn of(char: char) -> Letter {
        static KNOWN: LazyLock<Vec<Option<Letter>>> = LazyLock::new(known_letters);
        let unknown = Letter {
            char,
            sound: 0,
            vowels: 0,
            keys: [None; ROWS.len()],
        };
        let known = KNOWN.get(char as usize).copied().flatten();
        known.unwrap_or(unknown)
    }

    /// Whether the letter has no sound of its own.
    fn is_silent(self) -> bool {
        matches!(self.char, 'ь' | 'ъ')
    }

    fn sounds_like(self, other: Letter) -> bool {
        self.sound > 0 && self.sound == other.sound || self.vowels & other.vowels != 0
    }

    /// Whether the two keys touch on some layout.
    fn is_beside(self, other: Letter) -> bool {
        self.keys
            .iter()
            .zip(other.keys)
            .any(|(a, b)| match (*a, b) {
                (Some((row, column)), Some((other_row, other_column))) => {
                    // Each row stands half a key to the right of the one above.
                    let across = (column * 2 + row).abs_diff(other_column * 2 + other_row);
                    row.abs_diff(other_row) <= 1 && across <= 2
                }
                _ => false,
            })
    }
}

fn key_of(letter: char, rows: &[&str]) -> Option<(u8, u8)> {
    rows.iter().zip(0..).find_map(|(keys, row)| {
        let column = keys.chars().position(|c| c == letter)?;
        Some((row, u8::try_from(column).ok()?))
    })
}

/// What is known of each letter, by its code point: looked up for every letter of every word that may have been meant.
fn known_letters() -> Vec<Option<Letter>> {
    let mut sounds: Vec<String> = vec![String::new()];
    let mut known: Vec<Option<Letter>> = Vec::new();
    let letters = ('а'..='я').chain('a'..='z').chain("іїєґёў".chars());
    for char in letters {
        let sound = sound_key(&char.to_string());
        let number = sounds.iter().position(|s| *s == sound).unwrap_or_else(|| {
            sounds.push(sound);
            sounds.len() - 1
        });
        let pairs = VOWELS.iter().enumerate();
        let own = pairs.filter(|(_, (a, b))| *a == char || *b == char);
        let letter = Letter {
            char,
            sound: u8::try_from(number).expect("fewer sounds than letters"),
            vowels: own.map(|(n, _)| 1 << n).fold(0, |all, bit| all | bit),
            keys: ROWS.map(|rows| key_of(char, &rows)),
        };
        let at = char as usize;
        known.resize(known.len().max(at + 1), None);
        known[at] = Some(letter);
    }
    known
}

/// Cost of the slips by which `word` became `typed`; with `growing`, of those in the best beginning of `word`.
pub fn slip_cost(typed: &str, word: &str, growing: bool) -> f32 {
    let typed: Vec<Letter> = typed.chars().map(Letter::of).collect();
    let word: Vec<Letter> = word.chars().map(Letter::of).collect();
    // Rows of the alignment table: the one before last, the last, this one.
    let mut rows = [(); 3].map(|()| vec![0.0; word.len() + 1]);
    for n in 0..word.len() {
        rows[1][n + 1] = rows[1][n] + missing(&word, n);
    }
    for (t, c) in typed.iter().enumerate() {
        rows[2][0] = rows[1][0] + missing(&typed, t);
        for (w, d) in word.iter().enumerate() {
            let mut least = rows[1][w] + substitution(*c, *d);
            least = least.min(rows[1][w + 1] + missing(&typed, t));
            least = least.min(rows[2][w] + missing(&word, w));
            if t > 0 && w > 0 && c != d && *c == word[w - 1] && typed[t - 1] == *d {
                least = least.min(rows[0][w - 1] + SWAPPED);
            }
            rows[2][w + 1] = least;
        }
        rows.rotate_left(1);
    }
    if growing {
        rows[1].iter().copied().fold(f32::INFINITY, f32::min)
    } else {
        rows[1][word.len()]
    }
}

/// The cost of a letter that only one of the words has.
fn missing(word: &[Letter], at: usize) -> f32 {
    let doubled = at > 0 && word[at - 1] == word[at];
    if doubled || word[at].is_silent() {
        DOUBLED
    } else {
        ONE_LETTER
    }
}

fn substitution(a: Letter, b: Letter) -> f32 {
    if a == b {
        0.0
    } else if a.sounds_like(b) {
        ALIKE
    } else if a.is_beside(b) {
        NEIGHBOUR
    } else {
        OTHER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn order(word: &str, better: &str, worse: &str) {
        let (a, b) = (
            slip_cost(better, word, false),
            slip_cost(worse, word, false),
        );
        assert!(a < b, "{word}: {better} {a}, {worse} {b}");
    }

    #[test]
    fn what_happens_more_often_costs_less() {
        order("хрещатик", "хрещатік", "хрещатук");
        order("хрещатик", "хрещатмк", "хрещатхк");
        order("лисенка", "лисеннка", "лисенгка");
        order("лисенка", "лсиенка", "лшгенка");
        order("богдана", "багдана", "бигдана");
        order("main", "msin", "mpin");
    }

    #[test]
    fn a_growing_word_is_compared_with_the_beginning() {
        assert!(slip_cost("хрещ", "хрещатик", true).abs() < 1e-6);
        assert!((slip_cost("хрщ", "хрещатик", true) - 1.0).abs() < 1e-6);
        assert!(slip_cost("хрещ", "хрещатик", false) > 3.0);
    }

    proptest! {
        #[test]
        fn the_same_word_costs_nothing_and_no_slip_is_negative(a in "[а-яіїє]{0,12}", b in "[а-яіїє]{0,12}") {
            prop_assert!(slip_cost(&a, &a, false).abs() < 1e-6);
            let (there, back) = (slip_cost(&a, &b, false), slip_cost(&b, &a, false));
            prop_assert!((there - back).abs() < 1e-4, "{} {}", there, back);
            prop_assert!(there >= 0.0 && slip_cost(&a, &b, true) <= there);
        }
    }
}
