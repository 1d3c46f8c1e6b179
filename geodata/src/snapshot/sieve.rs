//! Rules out most keys of a vocabulary by a few bits of each, before anything is compared.
//!
//! A slip changes one text by a letter at most: of two that are two slips apart, neither has more than two letters that
//! the other lacks. A real country has some hundred thousand keys, all of which are asked, so they are asked with the
//! widest instructions that the processor has.

use pulp::{Arch, NullaryFnOnce};

/// Bits for letters; what is no letter from `a` to `z` shares them.
const CLASSES: u32 = 26;
/// Bits above the letters: one for each length that a key does not reach, from the shortest.
const LENGTHS: u32 = u32::MAX << CLASSES;
const SHORTEST: usize = 4;
/// Of beginnings of so many letters the sieve has bits as well.
const BEGINNINGS: [usize; 4] = [4, 6, 8, 10];
/// Keys that are asked before any is looked at.
const CHUNK: usize = 32;

/// A few bits of each key of a vocabulary.
pub(super) struct Sieve {
    keys: usize,
    arch: Arch,
    /// Letters and lengths.
    whole: Vec<u32>,
    /// Letters of the beginnings.
    beginnings: [Vec<u32>; BEGINNINGS.len()],
}

impl Sieve {
    /// A sieve for keys, in the order of their numbers.
    pub(super) fn new<'a>(keys: impl Iterator<Item = &'a str>) -> Sieve {
        let mut sieve = Sieve {
            keys: 0,
            arch: Arch::new(),
            whole: Vec::new(),
            beginnings: Default::default(),
        };
        for key in keys {
            sieve.keys += 1;
            sieve.whole.push(whole_bits(key));
            for (letters, bits) in BEGINNINGS.iter().zip(&mut sieve.beginnings) {
                bits.push(letter_bits(key.chars().take(*letters)));
            }
        }
        for bits in sieve.beginnings.iter_mut().chain([&mut sieve.whole]) {
            bits.resize(sieve.keys.next_multiple_of(CHUNK), 0);
        }
        sieve
    }

    /// Positions of the keys that a sound may become by two slips, each a letter too many, too few, another one, or two
    /// that are swapped.
    pub(super) fn may_become(&self, sound: &str) -> Vec<u32> {
        let own = whole_bits(sound);
        // Where a key is longer, its letters that are too many leave as many fewer to be others.
        self.positions(&self.whole, &self.whole, |key, _| {
            are_few(own & !key) & are_few(key & !own)
        })
    }

    /// Positions of the keys of which it may become a beginning: one of at most two letters more, and at least two fewer.
    pub(super) fn may_begin(&self, sound: &str) -> Vec<u32> {
        let own = letter_bits(sound.chars());
        let letters = sound.chars().count();
        let longest = BEGINNINGS.iter().position(|b| *b >= letters + 2);
        let longest = longest.map_or(&self.whole, |n| &self.beginnings[n]);
        match BEGINNINGS.iter().rposition(|b| b + 2 <= letters) {
            Some(n) => self.positions(longest, &self.beginnings[n], |longest, shortest| {
                are_few(own & !longest) & are_few(shortest & !own)
            }),
            None => self.positions(longest, longest, |longest, _| are_few(own & !longest)),
        }
    }

    /// Positions of those keys for whose bits in two tables something holds, in order.
    fn positions(
        &self,
        first: &[u32],
        second: &[u32],
        holds: impl Fn(u32, u32) -> bool,
    ) -> Vec<u32> {
        let mut found = self.arch.dispatch(Scan {
            first,
            second,
            holds,
        });
        found.truncate(found.partition_point(|n| (*n as usize) < self.keys));
        found
    }
}

/// [`Sieve::positions`], those behind the last key with them.
struct Scan<'a, F> {
    first: &'a [u32],
    second: &'a [u32],
    holds: F,
}

impl<F: Fn(u32, u32) -> bool> NullaryFnOnce for Scan<'_, F> {
    type Output = Vec<u32>;

    /// Becomes part of its caller, which alone may use all instructions of the processor.
    #[inline(always)]
    fn call(self) -> Vec<u32> {
        let holds = |first: &u32, second: &u32| (self.holds)(*first, *second);
        let chunks = self.first.as_chunks::<CHUNK>().0.iter();
        let chunks = chunks.zip(self.second.as_chunks::<CHUNK>().0);
        let mut found = Vec::new();
        for (at, (first, second)) in (0..).step_by(CHUNK).zip(chunks) {
            // Without a branch between them several are asked at a time.
            let mut any = 0;
            for n in 0..CHUNK {
                any |= u32::from(holds(&first[n], &second[n]));
            }
            if any != 0 {
                for (n, (first, second)) in (at..).zip(first.iter().zip(second)) {
                    if holds(first, second) {
                        found.push(n);
                    }
                }
            }
        }
        found
    }
}

/// The letters of a text, and the lengths that it does not reach: where another text is longer, that is what it has less.
fn whole_bits(text: &str) -> u32 {
    let reached = text.chars().count().saturating_sub(SHORTEST);
    let reached = u32::try_from(reached).unwrap_or(u32::MAX);
    letter_bits(text.chars()) | LENGTHS.checked_shl(reached).unwrap_or_default()
}

fn letter_bits(letters: impl Iterator<Item = char>) -> u32 {
    let bit = |c: char| 1 << (u32::from(c).wrapping_sub(u32::from('a')) % CLASSES);
    letters.fold(0, |bits, c| bits | bit(c))
}

/// Whether at most two bits are set.
#[inline(always)]
fn are_few(bits: u32) -> bool {
    // Each step takes the lowest one away.
    let one_less = bits & bits.wrapping_sub(1);
    one_less & one_less.wrapping_sub(1) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(sound: &str, key: &str, becomes: bool, begins: bool) {
        let sieve = Sieve::new(["zzzzzzzzzzzzzzzz", key].into_iter());
        let found = |found: Vec<u32>| found.contains(&1);
        assert_eq!(found(sieve.may_become(sound)), becomes, "{sound} {key}");
        assert_eq!(found(sieve.may_begin(sound)), begins, "{sound} {key}…");
    }

    #[test]
    fn two_slips_pass_and_more_seldom_do() {
        check("hresatik", "hresatik", true, true);
        check("hresaitk", "hresatik", true, true);
        check("hrsatk", "hresatik", true, true);
        check("hrexatix", "hresatik", true, true);
        check("hxexatix", "hreyazit", false, false);
        check("hresat", "hresatikyv", false, true);
        check("hresat", "abcdhresat", false, false);
        // Two letters more, so none may be another.
        check("abcdef", "abcdefgh", true, true);
        check("abcdex", "abcdefgh", false, true);
        check("abcdefgh", "abcdex", false, false);
    }

    proptest! {
        #[test]
        fn whatever_is_near_passes(
            keys in prop::collection::vec("[a-h]{1,14}", 1..80),
            sound in "[a-h]{1,12}",
        ) {
            let sieve = Sieve::new(keys.iter().map(String::as_str));
            let (whole, begun) = (sieve.may_become(&sound), sieve.may_begin(&sound));
            prop_assert!(whole.is_sorted() && begun.is_sorted());
            for (n, key) in (0..).zip(&keys) {
                let is_near = |key: &str| strsim::osa_distance(&sound, key) <= 2;
                prop_assert!(!is_near(key) || whole.contains(&n));
                let mut beginnings = (0..=key.len()).filter_map(|end| key.get(..end));
                prop_assert!(!beginnings.any(is_near) || begun.contains(&n));
            }
        }
    }
}
