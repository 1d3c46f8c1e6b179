//! Edits over a fresh import: what upstream did meanwhile decides what becomes of each.
//!
//! Three values are compared per field: what upstream had when the edit was made (base), what it has now (theirs) and
//! what the edit wants (ours). Unchanged upstream keeps the edit; an upstream that came to the same value absorbs it; one
//! that went elsewhere is a conflict, in which the edit stays in force until somebody decides. Edits of one field form a
//! chain, in which each began from what the one before wanted.

use super::apply::{Missing, Workbench, upstream_house};
use super::edit::Edit;
use super::fields::{Fields, same_value};
use super::operation::Operation;
use crate::place::PlaceRef;
use rustc_hash::FxHashMap;
use serde_json::Value;
use synonyms::fold;

/// A field on which upstream and an edit disagree.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    pub field: String,
    /// What upstream had when the edit was made.
    pub base: Value,
    /// What upstream has now.
    pub theirs: Value,
    /// What the edit wants.
    pub ours: Value,
}

/// What became of an edit.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// Upstream is as it was: the edit stays.
    Kept,
    /// Upstream has it now: the edit retires.
    Absorbed,
    /// Upstream went elsewhere: the edit stays until somebody decides.
    Conflicted(Vec<Disagreement>),
    /// What it is about is gone.
    Orphaned(Missing),
}

/// What upstream says, before any edit is applied.
pub struct Upstream<'e> {
    edits: &'e [Edit],
    verdicts: Vec<Settled>,
}

/// Links of a chain: which edit, what it saw, what it wants.
type Chain<'e> = Vec<(usize, &'e Value, &'e Value)>;

impl<'e> Upstream<'e> {
    /// Compares edits, in the order of their approval, with a fresh import. `decided` holds, by the number of an edit,
    /// values of upstream that somebody has seen and decided against.
    pub fn compare(
        bench: &Workbench<'_>,
        edits: &'e [Edit],
        decided: &FxHashMap<u32, Fields>,
    ) -> Upstream<'e> {
        let mut upstream = Upstream {
            verdicts: edits.iter().map(|edit| verdict(bench, edit)).collect(),
            edits,
        };
        upstream.compare_chains(bench, decided);
        upstream.compare_removals(bench, decided);
        upstream
    }

    /// Applies all edits that are not absorbed; returns what became of each.
    pub fn apply(self, bench: &mut Workbench<'_>) -> Vec<Settled> {
        let mut verdicts = self.verdicts;
        for (edit, verdict) in self.edits.iter().zip(&mut verdicts) {
            let partly = edit.operation.creates();
            if *verdict == Settled::Absorbed && !partly {
                continue;
            }
            // What a former edit created is there only now.
            if let Err(missing) = bench.apply(edit) {
                // Nothing is left to take away.
                let away = edit.operation.removes() && Some(missing.id) == edit.target;
                *verdict = if away {
                    Settled::Absorbed
                } else {
                    Settled::Orphaned(missing)
                };
            } else if matches!(verdict, Settled::Orphaned(_)) {
                *verdict = Settled::Kept;
            }
        }
        verdicts
    }

    fn compare_chains(&mut self, bench: &Workbench<'_>, decided: &FxHashMap<u32, Fields>) {
        let mut chains: FxHashMap<(PlaceRef, &str), Chain<'e>> = FxHashMap::default();
        for (n, edit) in self.edits.iter().enumerate() {
            let Some(target) = edit.target.filter(|_| edit.operation.sets_fields()) else {
                continue;
            };
            if self.verdicts[n] != Settled::Kept {
                continue;
            }
            for (field, ours) in &edit.after {
                let base = edit.before.get(field).unwrap_or(&Value::Null);
                let chain = chains.entry((target, field)).or_default();
                chain.push((n, base, ours));
            }
        }
        let mut absorbed: FxHashMap<usize, usize> = FxHashMap::default();
        let mut disagreed: FxHashMap<usize, Vec<Disagreement>> = FxHashMap::default();
        for ((target, field), chain) in chains {
            let Ok(fields) = bench.fields(target) else {
                continue;
            };
            let theirs = fields.get(field).unwrap_or(&Value::Null);
            let upto = chain
                .iter()
                .rposition(|(_, _, ours)| same_value(theirs, ours));
            if let Some(upto) = upto {
                for (n, _, _) in &chain[..=upto] {
                    *absorbed.entry(*n).or_default() += 1;
                }
                continue;
            }
            let (last, _, ours) = chain[chain.len() - 1];
            let seen = decided
                .get(&self.edits[last].number)
                .and_then(|d| d.get(field));
            let base = chain[0].1;
            if !same_value(theirs, base) && !seen.is_some_and(|seen| same_value(theirs, seen)) {
                disagreed.entry(last).or_default().push(Disagreement {
                    field: field.to_owned(),
                    base: base.clone(),
                    theirs: theirs.clone(),
                    ours: ours.clone(),
                });
            }
        }
        for (n, fields) in absorbed {
            if fields == self.edits[n].after.len() {
                self.verdicts[n] = Settled::Absorbed;
            }
        }
        for (n, mut fields) in disagreed {
            fields.sort_by(|a, b| a.field.cmp(&b.field));
            self.verdicts[n] = Settled::Conflicted(fields);
        }
    }

    /// What an edit takes away may have become something else meanwhile.
    fn compare_removals(&mut self, bench: &Workbench<'_>, decided: &FxHashMap<u32, Fields>) {
        // Fields that an earlier edit set are not upstream's doing.
        let set = |target: Option<PlaceRef>, field: &str, before: usize| {
            let earlier = self.edits[..before].iter();
            earlier
                .filter(|e| e.target == target && e.operation != Operation::Merge)
                .any(|e| e.after.contains_key(field))
        };
        let mut conflicts = Vec::new();
        for (n, edit) in self.edits.iter().enumerate() {
            let takes = matches!(edit.operation, Operation::Delete | Operation::Hide);
            let fields = edit.target.map(|t| bench.fields(t));
            let Some(Ok(fields)) = fields.filter(|_| takes && self.verdicts[n] == Settled::Kept)
            else {
                continue;
            };
            let seen = decided.get(&edit.number);
            let changed = edit.before.iter().filter_map(|(field, base)| {
                let theirs = fields.get(field).unwrap_or(&Value::Null);
                let decided = seen.and_then(|s| s.get(field));
                let same = same_value(theirs, base)
                    || decided.is_some_and(|d| same_value(theirs, d))
                    || set(edit.target, field, n);
                (!same).then(|| Disagreement {
                    field: field.clone(),
                    base: base.clone(),
                    theirs: theirs.clone(),
                    ours: Value::Null,
                })
            });
            let changed: Vec<Disagreement> = changed.collect();
            if !changed.is_empty() {
                conflicts.push((n, changed));
            }
        }
        for (n, changed) in conflicts {
            self.verdicts[n] = Settled::Conflicted(changed);
        }
    }
}

/// The verdict on an edit by itself; those that set fields are compared in chains.
fn verdict(bench: &Workbench<'_>, edit: &Edit) -> Settled {
    let itself = edit.operation.sets_fields() || edit.operation.removes();
    let found = edit.target.map(|target| match target.part {
        None if itself => bench.place_itself(target.place),
        None => bench.place(target.place),
        Some(_) => bench.house(target).map(|(street, _)| street),
    });
    let missing = found.and_then(Result::err);
    match (edit.operation, missing) {
        (_, Some(missing)) => Settled::Orphaned(missing),
        (Operation::CreateHouses, None) => {
            let street = edit.target.and_then(|t| bench.place(t.place).ok());
            if street.is_some_and(|n| has_houses(bench, n, edit)) {
                Settled::Absorbed
            } else {
                Settled::Kept
            }
        }
        (Operation::CreatePlace | Operation::CreateStreet, None) => {
            let there = Workbench::created_id(edit).and_then(|id| bench.place(id).ok());
            if there.is_some_and(|n| has_houses(bench, n, edit)) {
                Settled::Absorbed
            } else {
                Settled::Kept
            }
        }
        (Operation::AddSynonym, None) => synonym(bench, edit),
        (Operation::Split, None) => split(bench, edit),
        _ => Settled::Kept,
    }
}

/// Whether upstream has all houses that an edit creates on a street.
fn has_houses(bench: &Workbench<'_>, street: u32, edit: &Edit) -> bool {
    let draft = bench.draft(street);
    let houses = edit.new_houses();
    houses.iter().all(|h| upstream_house(draft, h).is_some())
}

fn synonym(bench: &Workbench<'_>, edit: &Edit) -> Settled {
    let n = edit.target.and_then(|t| bench.place(t.place).ok());
    let text = edit.after.get("synonym").and_then(Value::as_str);
    let (Some(n), Some(text)) = (n, text) else {
        return Settled::Kept;
    };
    let mut names = bench.draft(n).names.iter();
    if names.any(|name| fold(&name.text) == fold(text)) {
        Settled::Absorbed
    } else {
        Settled::Kept
    }
}

/// Upstream has done it when none of the houses is on the street any more.
fn split(bench: &Workbench<'_>, edit: &Edit) -> Settled {
    let street = edit.target.and_then(|t| bench.place(t.place).ok());
    let stays = |house: &PlaceRef| bench.house(*house).ok().map(|(n, _)| n) == street;
    if edit.split_houses().iter().any(stays) {
        Settled::Kept
    } else {
        Settled::Absorbed
    }
}
