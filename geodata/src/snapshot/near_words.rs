//! Which sound keys of the vocabulary are within one or two slips of a sound: those within one by an automaton over the
//! vocabulary, those within two by a sieve of letters that rules out all but a few.
//!
//! Both look at much of the vocabulary, and a rider who has mistyped one word goes on with the next: the spellings that
//! were found for the first are asked for again with every letter. So they are kept.

use super::kept::{Bytes, Kept};
use super::letters::Letters;
use super::table::Texts;
use super::words::{FormId, KeyId, Words};
use fst::{Automaton, IntoStreamer, Streamer};
use levenshtein_automata::{DFA, Distance as Within, LevenshteinAutomatonBuilder, SINK_STATE};
use std::sync::{Arc, LazyLock};
use synonyms::Distance;

/// The most keys that are found around one sound.
const MAX_FOUND: usize = 4_000;
/// Bytes of spellings that are kept.
const KEPT_BYTES: u64 = 8 << 20;

/// The spellings that a mistyped word may stand for.
#[derive(Debug, Clone, Default)]
pub struct NearForms {
    /// Each with how well it fits, 0 to 1; sorted.
    pub forms: Vec<(FormId, f32)>,
    /// Their sound keys, the likeliest first.
    pub keys: Vec<KeyId>,
}

impl Bytes for NearForms {
    fn bytes(&self) -> usize {
        size_of_val(&*self.forms) + size_of_val(&*self.keys)
    }
}

/// Spellings by mistyped word.
pub(super) struct NearWords(Kept<NearForms>);

impl NearWords {
    pub(super) fn new() -> NearWords {
        NearWords(Kept::at_most(KEPT_BYTES))
    }

    /// As [`Snapshot::near_forms`](super::Snapshot::near_forms).
    pub(super) fn of(
        &self,
        (word, growing): (&str, bool),
        find: impl FnOnce() -> NearForms,
    ) -> Arc<NearForms> {
        let mut key = word.as_bytes().to_vec();
        key.push(u8::from(growing));
        self.0.get(&key, find)
    }
}

/// As [`Snapshot::keys_within`](super::Snapshot::keys_within).
pub(super) fn keys_within(
    (sound, slips, growing): (&str, SlipsWithin, bool),
    (words, texts): (&Words, &Texts),
) -> Vec<KeyId> {
    match slips {
        SlipsWithin::One => by_automaton(sound, growing, words),
        SlipsWithin::Two => by_letters(sound, growing, (words, texts)),
    }
}

/// How many slips a word may have: letters too many, too few or another, and neighbours swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlipsWithin {
    One = 1,
    Two = 2,
}

/// A Levenshtein automaton in the terms of `fst`.
struct Walk<'a>(&'a DFA);

impl Automaton for Walk<'_> {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Within::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

/// Keys within one slip.
fn by_automaton(sound: &str, growing: bool, words: &Words) -> Vec<KeyId> {
    /// Building the builder is costly, using it is not.
    static ONE_EDIT: LazyLock<LevenshteinAutomatonBuilder> =
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
    let dfa = if growing {
        ONE_EDIT.build_prefix_dfa(sound)
    } else {
        ONE_EDIT.build_dfa(sound)
    };
    let mut stream = words.keys().search(Walk(&dfa)).into_stream();
    let mut keys = Vec::new();
    while let Some((_, n)) = stream.next() {
        if keys.len() == MAX_FOUND {
            break;
        }
        keys.extend(u32::try_from(n).ok().map(KeyId::nth));
    }
    keys
}

/// Keys within two slips.
fn by_letters(sound: &str, growing: bool, (words, texts): (&Words, &Texts)) -> Vec<KeyId> {
    let Some(distance) = Distance::from(sound) else {
        return Vec::new();
    };
    let own = Letters::of(sound);
    let near = |n: u32| {
        let key = KeyId::nth(n);
        let heard = texts.get(words.heard(key)).as_bytes();
        distance.is_within(2, heard, growing).then_some(key)
    };
    let fitting = if growing {
        words.sieve().may_begin(sound)
    } else {
        let (mut fitting, letters) = (words.sieve().may_become(sound), words.letters());
        let becomes = |key: &Letters| own.may_become(*key);
        fitting.retain(|n| letters.get(*n as usize).is_some_and(becomes));
        fitting
    };
    let near = fitting.into_iter().filter_map(near);
    near.take(MAX_FOUND).collect()
}

#[cfg(test)]
mod tests {
    use super::super::words::tests::vocabulary;
    use super::*;
    use proptest::prelude::*;
    use strsim::osa_distance;

    /// The fewest slips from a sound to a key, or to a beginning of it.
    fn slips(sound: &str, key: &str, growing: bool) -> usize {
        let beginnings = (0..=key.len()).filter_map(|n| key.get(..n));
        let beginnings = beginnings.filter(|b| growing || *b == key);
        let slips = beginnings.map(|b| osa_distance(sound, b)).min();
        slips.unwrap_or(usize::MAX)
    }

    proptest! {
        #[test]
        fn both_ways_find_what_comparing_with_every_key_finds(
            keys in prop::collection::btree_set("[abc]{1,8}", 1..40),
            sound in "[abc]{1,8}",
            growing: bool,
        ) {
            let rows: Vec<(&str, &str, u32)> = keys.iter().map(|k| (&**k, &**k, 1)).collect();
            let (words, texts, _) = vocabulary(&rows).expect("a vocabulary is written");
            for (within, most) in [(SlipsWithin::One, 1), (SlipsWithin::Two, 2)] {
                let found = keys_within((&sound, within, growing), (&words, &texts));
                let found: Vec<&str> = found.iter().map(|k| texts.get(words.heard(*k))).collect();
                let expected = keys.iter().filter(|k| slips(&sound, k, growing) <= most);
                prop_assert_eq!(found, expected.collect::<Vec<_>>());
            }
        }
    }
}
