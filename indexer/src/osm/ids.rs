//! Node ids of ways, packed: neighbours differ little, so most take a byte or two instead of eight.

use super::room::Share;

/// Lists of ids, one behind the other.
#[derive(Default)]
pub(super) struct PackedIds(Vec<u8>);

/// Where a list lies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PackedList {
    at: u64,
    len: u32,
}

impl PackedList {
    /// How many ids it has.
    pub(super) fn len(self) -> usize {
        self.len as usize
    }

    /// Where the list lies once the lists it was packed with stand behind `bytes` others.
    pub(super) fn moved(self, bytes: usize) -> PackedList {
        PackedList {
            at: self.at + bytes as u64,
            ..self
        }
    }
}

impl PackedIds {
    /// Adds a list given as the difference of each id to the one before, the first to zero.
    pub(super) fn push(&mut self, deltas: &[i64]) -> PackedList {
        let at = self.0.len() as u64;
        for delta in deltas {
            // Zigzag: small negative numbers become small ones; then seven bits a byte, the lowest first.
            let mut rest = ((delta << 1) ^ (delta >> 63)).cast_unsigned();
            loop {
                let bits = u8::try_from(rest & 0x7f).unwrap_or_default();
                rest >>= 7;
                self.0.push(if rest == 0 { bits } else { bits | 0x80 });
                if rest == 0 {
                    break;
                }
            }
        }
        PackedList {
            at,
            len: u32::try_from(deltas.len()).expect("a way has few nodes"),
        }
    }

    /// Puts the lists of another behind these, with room for those of the rest of a pass; returns by how many bytes they
    /// move.
    pub(super) fn append(&mut self, other: &PackedIds, share: Share) -> usize {
        let before = self.0.len();
        share.make_room(&mut self.0, other.0.len(), 0);
        self.0.extend_from_slice(&other.0);
        before
    }

    /// The ids of a list.
    pub(super) fn get(&self, list: PackedList) -> impl Iterator<Item = i64> {
        let start = usize::try_from(list.at).unwrap_or(usize::MAX);
        let mut bytes = self.0.get(start..).unwrap_or_default().iter();
        let mut id = 0_i64;
        (0..list.len).map(move |_| {
            let mut value = 0_u64;
            for (shift, byte) in (0..).step_by(7).zip(bytes.by_ref()) {
                value |= u64::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            id = id.wrapping_add((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
            id
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        let lists: [&[i64]; 4] = [
            &[5, 6, 7, 5],
            &[],
            &[i64::MAX, i64::MIN, 0, -1],
            &[12_000_000_000, 3],
        ];
        let (mut first, mut second) = (PackedIds::default(), PackedIds::default());
        let pack = |packed: &mut PackedIds, ids: &[i64]| {
            let mut last = 0_i64;
            let deltas: Vec<i64> = ids
                .iter()
                .map(|id| id.wrapping_sub(std::mem::replace(&mut last, *id)))
                .collect();
            packed.push(&deltas)
        };
        let mut packed: Vec<PackedList> = lists[..2].iter().map(|l| pack(&mut first, l)).collect();
        let others: Vec<PackedList> = lists[2..].iter().map(|l| pack(&mut second, l)).collect();
        let by = first.append(&second, Share::ALL);
        packed.extend(others.into_iter().map(|l| l.moved(by)));
        for (list, ids) in packed.into_iter().zip(lists) {
            assert_eq!(first.get(list).collect::<Vec<_>>(), ids);
        }
    }
}
