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

/// A letter, and its number among those of which something is known; 0 for any other.
#[derive(Clone, Copy, PartialEq)]
struct Letter {
    char: char,
    known: u8,
}

/// Letters of which something is known, each by its number.
const KNOWN: usize = 72;

/// What is known of all letters: looked up for every letter of every word that may have been meant.
struct Alphabet {
    /// The number of each letter, by its code point.
    numbers: Vec<u8>,
    /// What it costs to take one letter for another, by their numbers.
    substitutions: [[f32; KNOWN]; KNOWN],
}

fn alphabet() -> &'static Alphabet {
    static ALPHABET: LazyLock<Alphabet> = LazyLock::new(Alphabet::new);
    &ALPHABET
}

impl Alphabet {
    fn new() -> Alphabet {
        let letters: Vec<char> = ('а'..='я')
            .chain('a'..='z')
            .chain("іїєґёў".chars())
            .collect();
        let traits: Vec<Traits> = letters.iter().map(|c| Traits::of(*c)).collect();
        let mut alphabet = Alphabet {
            numbers: Vec::new(),
            substitutions: [[OTHER; KNOWN]; KNOWN],
        };
        for (a, letter) in letters.iter().enumerate() {
            let at = *letter as usize;
            let length = alphabet.numbers.len().max(at + 1);
            alphabet.numbers.resize(length, 0);
            alphabet.numbers[at] = u8::try_from(a + 1).expect("fewer than 72 letters");
            for b in 0..letters.len() {
                alphabet.substitutions[a + 1][b + 1] = traits[a].substitution(&traits[b]);
            }
        }
        alphabet
    }

    fn letter(&self, char: char) -> Letter {
        let known = self.numbers.get(char as usize).copied().unwrap_or_default();
        Letter { char, known }
    }

    fn substitution(&self, a: Letter, b: Letter) -> f32 {
        if a == b {
            0.0
        } else {
            self.substitutions[usize::from(a.known)][usize::from(b.known)]
        }
    }
}

/// What is known of a letter.
struct Traits {
    char: char,
    sound: String,
    /// One bit per pair of [`VOWELS`] that it belongs to.
    vowels: u16,
    /// Row and column of its key on each layout.
    keys: [Option<(u8, u8)>; ROWS.len()],
}

impl Traits {
    fn of(char: char) -> Traits {
        let pairs = VOWELS.iter().enumerate();
        let own = pairs.filter(|(_, (a, b))| *a == char || *b == char);
        Traits {
            char,
            sound: sound_key(&char.to_string()),
            vowels: own.map(|(n, _)| 1 << n).fold(0, |all, bit| all | bit),
            keys: ROWS.map(|rows| key_of(char, &rows)),
        }
    }

    fn substitution(&self, other: &Traits) -> f32 {
        if self.char == other.char {
            0.0
        } else if self.sounds_like(other) {
            ALIKE
        } else if self.is_beside(other) {
            NEIGHBOUR
        } else {
            OTHER
        }
    }

    fn sounds_like(&self, other: &Traits) -> bool {
        !self.sound.is_empty() && self.sound == other.sound || self.vowels & other.vowels != 0
    }

    /// Whether the two keys touch on some layout.
    fn is_beside(&self, other: &Traits) -> bool {
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

/// A word as typed, compared with many that may have been meant.
pub struct Slips {
    typed: Vec<Letter>,
    /// The word at hand.
    word: Vec<Letter>,
    /// Rows of the alignment table: the one before last, the last, this one.
    rows: [Vec<f32>; 3],
}

impl Slips {
    /// Slips in a folded word.
    pub fn of(typed: &str) -> Slips {
        Slips {
            typed: typed.chars().map(|c| alphabet().letter(c)).collect(),
            word: Vec::new(),
            rows: Default::default(),
        }
    }

    /// Cost of the slips by which `word` became the typed one; with `growing`, of those in the best beginning of `word`.
    /// More than `most` is infinitely much.
    pub fn cost(&mut self, word: &str, growing: bool, most: f32) -> f32 {
        let alphabet = alphabet();
        self.word.clear();
        self.word.extend(word.chars().map(|c| alphabet.letter(c)));
        let (typed, word) = (&self.typed[..], &self.word[..]);
        self.rows.iter_mut().for_each(|row| {
            row.clear();
            row.resize(word.len() + 1, 0.0);
        });
        let [before, last, this] = &mut self.rows;
        for n in 0..word.len() {
            last[n + 1] = last[n] + missing(word, n);
        }
        let mut least_before = 0.0;
        for (t, c) in typed.iter().enumerate() {
            let left_out = missing(typed, t);
            this[0] = last[0] + left_out;
            let mut least = this[0];
            for (w, d) in word.iter().enumerate() {
                let mut cost = last[w] + alphabet.substitution(*c, *d);
                cost = cost.min(last[w + 1] + left_out);
                cost = cost.min(this[w] + missing(word, w));
                if t > 0 && w > 0 && c != d && *c == word[w - 1] && typed[t - 1] == *d {
                    cost = cost.min(before[w - 1] + SWAPPED);
                }
                this[w + 1] = cost;
                least = least.min(cost);
            }
            // What follows costs at least as much as this row, or as the one before and a swap.
            if least > most && least_before + SWAPPED > most {
                return f32::INFINITY;
            }
            least_before = least;
            std::mem::swap(before, last);
            std::mem::swap(last, this);
        }
        let cost = if growing {
            last.iter().copied().fold(f32::INFINITY, f32::min)
        } else {
            last[word.len()]
        };
        if cost > most { f32::INFINITY } else { cost }
    }
}

/// The cost of a letter that only one of the words has.
fn missing(word: &[Letter], at: usize) -> f32 {
    let doubled = at > 0 && word[at - 1] == word[at];
    if doubled || matches!(word[at].char, 'ь' | 'ъ') {
        DOUBLED
    } else {
        ONE_LETTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slip_cost(typed: &str, word: &str, growing: bool) -> f32 {
        Slips::of(typed).cost(word, growing, f32::MAX)
    }

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

        #[test]
        fn a_limit_hides_only_what_is_beyond_it(a in "[а-вь]{0,9}", b in "[а-вь]{0,9}", most in 0.0..4.0_f32, growing: bool) {
            let (whole, limited) = (slip_cost(&a, &b, growing), Slips::of(&a).cost(&b, growing, most));
            if whole > most {
                prop_assert!(limited.is_infinite());
            } else {
                prop_assert!((whole - limited).abs() < 1e-6);
            }
        }

        #[test]
        fn a_word_is_compared_alike_whatever_came_before(a in "[а-яіїє]{0,12}", b in "[а-яіїє]{0,12}", c in "[а-яіїє]{0,12}") {
            let mut slips = Slips::of(&a);
            slips.cost(&b, false, f32::MAX);
            prop_assert!((slips.cost(&c, false, f32::MAX) - slip_cost(&a, &c, false)).abs() < 1e-6);
        }
    }
}
