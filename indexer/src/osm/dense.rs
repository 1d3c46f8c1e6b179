//! Some of many numbers → numbers without gaps.

/// Numbers in use, by their order: a bit for each number, and how many are in use before each word of bits.
pub(super) struct Dense {
    words: Vec<u64>,
    before: Vec<u32>,
    len: usize,
}

impl Dense {
    /// Those in use of the numbers below `all`, in any order and with repetitions.
    pub(super) fn of(used: impl Iterator<Item = u32>, all: usize) -> Dense {
        let mut words = vec![0_u64; all.div_ceil(64)];
        for n in used {
            words[n as usize / 64] |= 1 << (n % 64);
        }
        let mut len = 0;
        let counted = words.iter().map(|word| {
            let before = len;
            len += word.count_ones();
            before
        });
        Dense {
            before: counted.collect(),
            words,
            len: len as usize,
        }
    }

    /// How many are in use.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many numbers in use are smaller; `None` of one that is not in use.
    pub(super) fn get(&self, n: u32) -> Option<u32> {
        let (at, bit) = (n as usize / 64, 1_u64 << (n % 64));
        let word = *self.words.get(at)?;
        (word & bit != 0).then(|| self.before[at] + (word & (bit - 1)).count_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_use_are_counted_in_order() {
        let used = [130, 0, 63, 64, 127, 128, 64];
        let dense = Dense::of(used.into_iter(), 131);
        assert_eq!(dense.len(), 6);
        let order: Vec<u32> = (0..131).filter(|n| dense.get(*n).is_some()).collect();
        assert_eq!(order, [0, 63, 64, 127, 128, 130]);
        for (expect, n) in (0..).zip(order) {
            assert_eq!(dense.get(n), Some(expect), "{n}");
        }
        assert_eq!(dense.get(192), None);
        assert_eq!(Dense::of([].into_iter(), 0).get(0), None);
    }
}
