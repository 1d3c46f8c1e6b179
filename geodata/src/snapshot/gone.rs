//! What became of ids that no place has any more.

use super::reader::{DocId, Snapshot};
use super::records::RetiredRecord;
use crate::place::PlaceRef;

/// How many successors of successors are followed.
const MAX_SUCCESSIONS: usize = 32;

/// A place that is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// What took its place: a place of this snapshot.
    pub successor: Option<PlaceRef>,
}

impl Snapshot {
    /// Whether an id that points at nothing once pointed at something, and what took its place since.
    pub fn gone(&self, id: PlaceRef) -> Option<Gone> {
        let mut at = id;
        let mut known = false;
        for _ in 0..MAX_SUCCESSIONS {
            let next = self.succeeded(at);
            known |= next.is_some();
            match next {
                None => break,
                Some(None) => return Some(Gone { successor: None }),
                Some(Some(next)) => at = next,
            }
        }
        known.then(|| Gone {
            successor: self.find(at.place).map(|doc| match at.part {
                // A house of a street that was joined to another is there now, or is gone with it.
                Some(_) if !self.has_house(doc, at) => PlaceRef::whole(at.place),
                _ => at,
            }),
        })
    }

    /// The next in a line of successors; `Some(None)` where it ends, `None` where no record says anything.
    fn succeeded(&self, at: PlaceRef) -> Option<Option<PlaceRef>> {
        if let Some(record) = RetiredRecord::find(self.retired(), at) {
            return Some(record.successor());
        }
        let street = RetiredRecord::find(self.retired(), PlaceRef::whole(at.place))?;
        Some(street.successor().map(|s| PlaceRef { part: at.part, ..s }))
    }

    fn has_house(&self, doc: DocId, id: PlaceRef) -> bool {
        self.houses(doc).iter().any(|h| id.is_house(h.source))
    }
}
