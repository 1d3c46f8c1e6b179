//! Which edits are to be shown over a snapshot, from the journal.
//!
//! A snapshot holds the edits that were in force when it was built, up to a number in the change feed. What was approved
//! after that is shown over it, whatever has become of it in newer snapshots; what was reverted after that is undone.

use geodata::edits::Edit;
use std::collections::BTreeMap;

/// A change of state of an edit.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number in the change feed.
    pub change: i64,
    /// `None` where the stored edit makes no sense to this version.
    pub edit: Option<Edit>,
    pub number: i64,
    /// Whether the edit was in force before, and is since.
    pub was_in_force: bool,
    pub is_in_force: bool,
}

/// Edits by the change that put them in force, or undid them.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// What to apply, by the number of the change.
    shown: BTreeMap<i64, Vec<Edit>>,
    /// The change by which an edit is shown.
    by_edit: BTreeMap<i64, i64>,
    last: i64,
    /// Edits whose undoing waits for a fresh import.
    waiting: BTreeMap<i64, i64>,
}

impl Ledger {
    /// Nothing since a change.
    pub fn since(change: i64) -> Ledger {
        Ledger {
            last: change,
            ..Ledger::default()
        }
    }

    /// The last change that was taken in.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Whether nothing is to be shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// What of it counts over a snapshot that holds the changes up to another one, as far as that can be told without the
    /// journal.
    pub fn rebased(&self, change: i64) -> Ledger {
        let shown = self.shown.range(change + 1..);
        let shown: BTreeMap<i64, Vec<Edit>> = shown.map(|(n, e)| (*n, e.clone())).collect();
        let by_edit = self.by_edit.iter().filter(|(_, n)| shown.contains_key(n));
        Ledger {
            by_edit: by_edit.map(|(edit, n)| (*edit, *n)).collect(),
            shown,
            last: change,
            waiting: BTreeMap::new(),
        }
    }

    /// Takes note that no edit has changed up to a number.
    pub fn skip_to(&mut self, change: i64) {
        self.last = self.last.max(change);
    }

    /// How many reverted edits wait for a fresh import.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes in the next change; returns whether what is shown is another now.
    pub fn take(&mut self, entry: Entry) -> bool {
        self.last = self.last.max(entry.change);
        match (entry.was_in_force, entry.is_in_force) {
            (false, true) => {
                self.waiting.remove(&entry.number);
                // Undone before: now it is as the snapshot has it.
                if let Some(change) = self.by_edit.remove(&entry.number) {
                    self.shown.remove(&change);
                    return true;
                }
                let Some(edit) = entry.edit else { return false };
                self.show(entry.number, entry.change, vec![edit]);
                true
            }
            (true, false) => {
                if let Some(change) = self.by_edit.remove(&entry.number) {
                    self.shown.remove(&change);
                    return true;
                }
                match entry.edit.as_ref().and_then(Edit::inverse) {
                    Some(inverse) => self.show(entry.number, entry.change, inverse),
                    None => {
                        self.waiting.insert(entry.number, entry.change);
                    }
                }
                true
            }
            _ => false,
        }
    }

    fn show(&mut self, number: i64, change: i64, edits: Vec<Edit>) {
        self.shown.insert(change, edits);
        self.by_edit.insert(number, change);
    }

    /// The edits to show, in the order in which they came into force.
    pub fn edits(&self) -> Vec<Edit> {
        self.shown.values().flatten().cloned().collect()
    }
}
