//! Which letters a sound key has: most keys of a vocabulary are ruled out by that, before anything is compared.

use bytemuck::{Pod, Zeroable};

/// The letters of a key, one bit each, and above them its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Letters(u32);

/// Bits for letters; what is no letter from `a` to `z` shares them.
const CLASSES: u32 = 27;
const LONGEST: u32 = (1 << (u32::BITS - CLASSES)) - 1;

impl Letters {
    /// The letters of a text.
    pub fn of(text: &str) -> Letters {
        let (mut bits, mut length) = (0, 0);
        for c in text.chars() {
            bits |= 1 << ((u32::from(c).wrapping_sub(u32::from('a'))) % CLASSES);
            length += 1;
        }
        Letters(bits | LONGEST.min(length) << CLASSES)
    }

    /// Whether a text with these letters may become one with the others by at most two `slips`, each a letter too many,
    /// too few, another one, or two that are swapped.
    pub fn may_become(self, other: Letters, slips: u32) -> bool {
        let length = (self.0 >> CLASSES).abs_diff(other.0 >> CLASSES);
        length <= slips && self.lacks_few_of(other, slips) && other.lacks_few_of(self, slips)
    }

    /// Whether a text with these letters may become a beginning of one with the others.
    pub fn may_begin(self, other: Letters, slips: u32) -> bool {
        self.0 >> CLASSES <= (other.0 >> CLASSES) + slips && other.lacks_few_of(self, slips)
    }

    /// Whether at most two `slips` of the other's letters are missing here.
    fn lacks_few_of(self, other: Letters, slips: u32) -> bool {
        let missing = other.0 & !self.0 & ((1 << CLASSES) - 1);
        // Takes the lowest bit away, for each slip.
        let one_less = missing & missing.wrapping_sub(1);
        let two_less = one_less & one_less.wrapping_sub(1);
        let left = match slips {
            0 => missing,
            1 => one_less,
            _ => two_less,
        };
        left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_become_another_is_told_by_letters_and_length() {
        let becomes = |a: &str, b: &str, slips| Letters::of(a).may_become(Letters::of(b), slips);
        assert!(becomes("hresatik", "hresatik", 0));
        assert!(becomes("hresaitk", "hresatik", 1));
        assert!(becomes("hresatk", "hresatik", 1));
        assert!(!becomes("hresatk", "hresatik", 0));
        assert!(becomes("hrexatix", "hresatik", 2));
        assert!(!becomes("hrexatix", "hresatik", 1));
        assert!(!becomes("hres", "hresatik", 2));
        assert!(becomes("12", "21", 0) && !becomes("12", "35", 1));
    }

    #[test]
    fn what_may_begin_another_is_told_by_its_own_letters() {
        let begins = |a: &str, b: &str, slips| Letters::of(a).may_begin(Letters::of(b), slips);
        assert!(begins("hres", "hresatik", 0));
        assert!(begins("hrexs", "hresatik", 1));
        assert!(!begins("hrexs", "hresatik", 0));
        assert!(begins("hresx", "hres", 1) && !begins("hresx", "hres", 0));
    }
}
