//! How many slips lie between two words: letters too many, too few, others, and neighbours that are swapped.
//!
//! The optimal string alignment distance, all cells of a column of its table at once in the bits of one number: H. Hyyrö,
//! "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003.

/// A word, compared with many.
pub struct Distance {
    /// Where each ASCII character stands in the word, one bit a place.
    ascii: [u64; 128],
    /// The same for others.
    others: Vec<(char, u64)>,
    length: u32,
}

impl Distance {
    /// Distances from a word; `None` when it has more than 64 letters.
    pub fn from(word: &str) -> Option<Distance> {
        let mut distance = Distance {
            ascii: [0; 128],
            others: Vec::new(),
            length: 0,
        };
        for c in word.chars() {
            let bit = 1_u64.checked_shl(distance.length)?;
            distance.length += 1;
            let places = match distance.ascii.get_mut(c as usize) {
                Some(places) => places,
                None => distance.place_of(c),
            };
            *places |= bit;
        }
        Some(distance)
    }

    fn place_of(&mut self, c: char) -> &mut u64 {
        let known = self.others.iter().position(|(other, _)| *other == c);
        let at = known.unwrap_or_else(|| {
            self.others.push((c, 0));
            self.others.len() - 1
        });
        &mut self.others[at].1
    }

    fn places(&self, c: char) -> u64 {
        if let Some(places) = self.ascii.get(c as usize) {
            return *places;
        }
        let other = self.others.iter().find(|(other, _)| *other == c);
        other.map_or(0, |(_, places)| *places)
    }

    /// Whether another word, or with `growing` a beginning of it, is at most so many slips away. The word comes in bytes:
    /// those of sound keys are letters, which nobody need make out.
    pub fn is_within(&self, most: u32, other: &[u8], growing: bool) -> bool {
        if other.is_ascii() {
            let letters = other.iter().map(|b| char::from(*b));
            self.stays_within(most, (letters, other.len()), growing)
        } else {
            let other = String::from_utf8_lossy(other);
            self.stays_within(most, (other.chars(), other.len()), growing)
        }
    }

    /// The same for the letters of a word and how many bytes they take, from which on most words are told after a few.
    fn stays_within(
        &self,
        most: u32,
        (other, bytes): (impl Iterator<Item = char>, usize),
        growing: bool,
    ) -> bool {
        if self.length == 0 {
            return growing || other.fold(0, |n, _| n + 1) <= most;
        }
        if growing && self.length <= most {
            return true;
        }
        let last = 1_u64 << (self.length - 1);
        // Differences between neighbours in the column, up and down; the diagonal; places of the letter before.
        let (mut up, mut down, mut diagonal, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
        let mut distance = self.length;
        let mut to_come = u32::try_from(bytes).unwrap_or(u32::MAX);
        for c in other {
            let places = self.places(c);
            let swapped = ((!diagonal & places) << 1) & before;
            diagonal = (((places & up).wrapping_add(up)) ^ up) | places | down | swapped;
            let rising = down | !(diagonal | up);
            let falling = diagonal & up;
            distance += u32::from(rising & last != 0);
            distance -= u32::from(falling & last != 0);
            let rising = rising << 1 | 1;
            up = falling << 1 | !(diagonal | rising);
            down = rising & diagonal;
            before = places;
            if growing && distance <= most {
                return true;
            }
            // A letter takes one slip away at best, and takes one byte at least.
            to_come = to_come.saturating_sub(1);
            if distance > most.saturating_add(to_come) {
                return false;
            }
        }
        distance <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition.
    fn by_table(a: &str, b: &str, growing: bool) -> u32 {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        let mut table = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                let mut least = match (i, j) {
                    (0, j) => u32::try_from(j).expect("a short word"),
                    (i, 0) => u32::try_from(i).expect("a short word"),
                    (i, j) => (table[i - 1][j - 1] + u32::from(a[i - 1] != b[j - 1]))
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1),
                };
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                table[i][j] = least;
            }
        }
        let last = &table[a.len()];
        if growing {
            *last.iter().min().expect("a row has an entry")
        } else {
            last[b.len()]
        }
    }

    #[test]
    fn slips_are_counted() {
        check("hresatik", "hresatik", false, 0);
        check("hresaitk", "hresatik", false, 1);
        check("hrsatk", "hresatik", false, 2);
        check("hrse", "hresatik", true, 1);
    }

    /// Two words are so many slips apart, and no fewer.
    #[track_caller]
    fn check(a: &str, b: &str, growing: bool, slips: u32) {
        let from = Distance::from(a).expect("a word of 64 letters at most");
        for most in 0..slips + 3 {
            let within = from.is_within(most, b.as_bytes(), growing);
            assert_eq!(within, slips <= most, "{a} {b} {most}");
        }
    }

    #[test]
    fn a_word_may_have_sixty_four_letters() {
        let long = "a".repeat(64);
        check(&long, &"a".repeat(62), false, 2);
        assert!(Distance::from(&format!("{long}a")).is_none());
    }

    proptest! {
        #[test]
        fn the_table_says_the_same(a in "[a-cж]{0,9}", b in "[a-cж]{0,9}", growing: bool) {
            check(&a, &b, growing, by_table(&a, &b, growing));
        }
    }
}
