//! Which letters a sound key has: most keys of a vocabulary are ruled out by that, before anything is compared.

use bytemuck::{Pod, Zeroable};

/// The letters of a key, one bit each, those that it has twice once more, and above them its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct Letters(u64);

/// Bits for letters; what is no letter from `a` to `z` shares them.
const CLASSES: u32 = 27;
/// How many are asked before any is looked at.
const CHUNK: usize = 64;
/// Where the length begins, above the letters and those that come twice.
const LENGTH_SHIFT: u32 = 2 * CLASSES;
const LONGEST: u64 = (1 << (u64::BITS - LENGTH_SHIFT)) - 1;

impl Letters {
    /// The letters of a text.
    pub(super) fn of(text: &str) -> Letters {
        let (mut bits, mut length) = (0_u64, 0);
        for c in text.chars() {
            let once = 1 << (u32::from(c).wrapping_sub(u32::from('a')) % CLASSES);
            bits |= if bits & once == 0 {
                once
            } else {
                once << CLASSES
            };
            length += 1;
        }
        Letters(bits | LONGEST.min(length) << LENGTH_SHIFT)
    }

    /// Whether a text with these letters may become one with the others by two slips, each a letter too many, too few,
    /// another one, or two that are swapped.
    pub(super) fn may_become(self, other: Letters) -> bool {
        let length = (self.0 >> LENGTH_SHIFT).abs_diff(other.0 >> LENGTH_SHIFT);
        // Without a branch between them: millions are asked, and the compiler asks several at a time.
        (length <= 2) & self.lacks_few_of(other) & other.lacks_few_of(self)
    }

    /// Whether a text with these letters may become a beginning of one with the others by two slips.
    pub(super) fn may_begin(self, other: Letters) -> bool {
        (self.0 >> LENGTH_SHIFT <= (other.0 >> LENGTH_SHIFT) + 2) & other.lacks_few_of(self)
    }

    /// Whether at most two of the other's letters are missing here.
    fn lacks_few_of(self, other: Letters) -> bool {
        let missing = other.0 & !self.0 & ((1 << LENGTH_SHIFT) - 1);
        // Each step takes the lowest one away.
        let one_less = missing & missing.wrapping_sub(1);
        one_less & one_less.wrapping_sub(1) == 0
    }

    /// Positions of those letters for which something holds, in order.
    pub(super) fn positions(
        all: &[Letters],
        holds: impl Fn(Letters) -> bool,
    ) -> impl Iterator<Item = u32> {
        let chunks = (0..).step_by(CHUNK).zip(all.chunks(CHUNK));
        chunks.flat_map(move |(first, chunk)| {
            let mut held = [false; CHUNK];
            for (held, letters) in held.iter_mut().zip(chunk) {
                *held = holds(*letters);
            }
            let any = held.contains(&true);
            let held = (first..).zip(held).filter(|(_, held)| *held);
            any.then_some(held).into_iter().flatten().map(|(n, _)| n)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_become_another_is_told_by_letters_and_length() {
        let becomes = |a: &str, b: &str| Letters::of(a).may_become(Letters::of(b));
        assert!(becomes("hresatik", "hresatik"));
        assert!(becomes("hresaitk", "hresatik"));
        assert!(becomes("hrsatk", "hresatik"));
        assert!(becomes("hrexatix", "hresatik"));
        assert!(!becomes("hxexatix", "hreyazit"));
        assert!(!becomes("hresx", "hresatik"));
        assert!(becomes("12", "35") && !becomes("124", "357"));
        assert!(becomes("anna", "annnna") && !becomes("anaxyz", "annyxaz".repeat(2).as_str()));
        assert!(becomes("aabb", "abcd") && !becomes("aabbcc", "abcdef"));
    }

    #[test]
    fn what_may_begin_another_is_told_by_its_own_letters() {
        let begins = |a: &str, b: &str| Letters::of(a).may_begin(Letters::of(b));
        assert!(begins("hres", "hresatik"));
        assert!(begins("hrexys", "hresatik"));
        assert!(!begins("hrexysz", "hresatik"));
        assert!(begins("hresxy", "hres") && !begins("hresxyz", "hres"));
    }

    #[test]
    fn positions_are_those_of_the_letters_that_hold() {
        let all: Vec<Letters> = ["a", "b"]
            .repeat(100)
            .into_iter()
            .map(Letters::of)
            .collect();
        let b = Letters::of("b");
        let found: Vec<u32> = Letters::positions(&all, |l| l == b).collect();
        assert_eq!(found, (0..100).map(|n| 2 * n + 1).collect::<Vec<u32>>());
        assert_eq!(
            Letters::positions(&all[..3], |l| l == b).collect::<Vec<u32>>(),
            [1]
        );
    }
}
