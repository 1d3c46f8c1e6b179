//! Which letters a sound key has, and how often: most keys that are left by the sieve are ruled out by that.

use bytemuck::{Pod, Zeroable};

/// The letters of a key, one bit each, those that it has twice once more, and above them its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct Letters(u64);

/// Bits for letters; what is no letter from `a` to `z` shares them.
const CLASSES: u32 = 27;
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
        length <= 2 && self.lacks_few_of(other) && other.lacks_few_of(self)
    }

    /// Whether at most two of the other's letters are missing here.
    fn lacks_few_of(self, other: Letters) -> bool {
        let missing = other.0 & !self.0 & ((1 << LENGTH_SHIFT) - 1);
        missing.count_ones() <= 2
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
}
