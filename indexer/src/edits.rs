//! Edits of the address base over a fresh import.
//!
//! Edits in force are read once, before they are applied; the snapshot says up to which change of the base it has them.
//! What became of them (absorbed, conflicted) is written to the base when the snapshot is live, not before: until then
//! it is not true.

use crate::identity::Bridged;
use anyhow::{Context, Result};
use geodata::base::{Base, BaseError, Edit as StoredEdit, EditState, StateChange, Subject};
use geodata::draft::Drafts;
use geodata::edits::{Disagreement, Edit, Fields, Operation, Settled, Upstream, Workbench};
use geodata::snapshot::{RetiredRecord, Snapshot};
use geodata::{PlaceId, PlaceRef, SourceId};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use tokio::runtime::Runtime;

/// How many moves of a house are followed.
const MAX_MOVES: usize = 32;
/// The file of the base inside a data folder.
pub const BASE_FILE: &str = "kudy.db";

/// What became of the edits in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EditCounts {
    /// The sources are as they were: applied.
    pub kept: u64,
    /// The sources say the same now.
    pub absorbed: u64,
    /// The sources say something else now: applied, and a cartographer is asked.
    pub conflicted: u64,
    /// What they are about is gone.
    pub orphaned: u64,
    /// Stored edits that this program cannot read.
    pub unreadable: u64,
}

/// Edits in force, and the base they come from.
pub struct EditsInForce {
    runtime: Runtime,
    base: Base,
    /// Every change of the base up to this number is in it.
    pub as_of: i64,
    stored: Vec<StoredEdit>,
    edits: Vec<Edit>,
    /// Values of the sources that somebody has decided against, by the number of the edit.
    decided: FxHashMap<u32, Fields>,
    verdicts: Vec<Settled>,
    unreadable: u64,
}

/// The base that a data folder uses: the given one or, where there is one, the file inside it.
pub fn base_url(data: &Path, given: Option<&str>) -> Option<String> {
    let file = data.join(BASE_FILE);
    let own = || file.exists().then(|| format!("sqlite:{}", file.display()));
    given.map(str::to_owned).or_else(own)
}

impl EditsInForce {
    /// Reads the edits in force.
    ///
    /// # Errors
    /// When the base cannot be read: a snapshot without the edits would lose them.
    pub fn read(url: &str) -> Result<EditsInForce> {
        let builder = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = builder.context("cannot start the runtime")?;
        let read = async {
            let base = Base::open(url)?;
            base.ready().await?;
            let in_force = base.in_force().await?;
            let mut decided = FxHashMap::default();
            for edit in &in_force.edits {
                // Only what changed after it came into force can have been decided.
                if edit.in_force.is_some_and(|n| edit.changed > n) {
                    let number = u32::try_from(edit.id).unwrap_or_default();
                    decided.insert(number, decisions(&base, edit.id).await?);
                }
            }
            Ok::<_, BaseError>((base, in_force, decided))
        };
        let (base, in_force, decided) = runtime.block_on(read).context("cannot read the edits")?;
        let read: Vec<(StoredEdit, Option<Edit>)> = in_force
            .edits
            .into_iter()
            .map(|stored| {
                let edit = read_edit(&stored);
                (stored, edit)
            })
            .collect();
        let unreadable = read.iter().filter(|(_, edit)| edit.is_none()).count() as u64;
        let (stored, edits) = read
            .into_iter()
            .filter_map(|(stored, edit)| Some((stored, edit?)))
            .unzip();
        Ok(EditsInForce {
            runtime,
            base,
            as_of: in_force.as_of,
            stored,
            edits,
            decided,
            verdicts: Vec::new(),
            unreadable,
        })
    }

    /// Applies the edits to a fresh import whose places have their ids; returns what was taken away, with what took its
    /// place.
    pub fn apply(
        &mut self,
        drafts: &mut Drafts,
        before: Option<&Snapshot>,
        bridged: &Bridged,
    ) -> FxHashMap<PlaceRef, Option<PlaceRef>> {
        let known_as = before.map(|before| self.known_as(drafts, before, bridged));
        let mapped = before.map(|before| self.mapped_meanwhile(drafts, before, bridged));
        let mut bench = Workbench::new(drafts);
        for (id, other) in known_as.into_iter().flatten() {
            bench.know_as(id, other);
        }
        for (id, there) in mapped.into_iter().flatten() {
            bench.created_as(id, there);
        }
        let upstream = Upstream::compare(&bench, &self.edits, &self.decided);
        self.verdicts = upstream.apply(&mut bench);
        bench.finish()
    }

    /// Places that edits create and that mappers have added too since the snapshot before, by the edits' ids for them:
    /// the next night they would be known again by their names, but this night nobody has seen either.
    fn mapped_meanwhile(
        &self,
        drafts: &Drafts,
        before: &Snapshot,
        bridged: &Bridged,
    ) -> Vec<(PlaceId, PlaceId)> {
        let creates = |e: &&Edit| {
            matches!(
                e.operation,
                Operation::CreatePlace | Operation::CreateStreet
            )
        };
        let found = self.edits.iter().filter(creates).filter_map(|edit| {
            let id = edit.created_id()?;
            let known = before.find(id).is_some() || before.gone(PlaceRef::whole(id)).is_some();
            let there = bridged.new_like(drafts, &Workbench::sketch(edit)?)?;
            (!known).then_some((id, there))
        });
        found.collect()
    }

    /// Places and houses that the edits know by ids of former snapshots, as they are known now.
    fn known_as(
        &self,
        drafts: &Drafts,
        before: &Snapshot,
        bridged: &Bridged,
    ) -> Vec<(PlaceRef, PlaceRef)> {
        let at = drafts.by_id();
        let mut known = Vec::new();
        let mut wanted: FxHashMap<SourceId, Vec<PlaceRef>> = FxHashMap::default();
        let named = self
            .edits
            .iter()
            .flat_map(Edit::places)
            .map(PlaceRef::whole);
        let targets = self.edits.iter().filter_map(|e| e.target);
        let split = self.edits.iter().flat_map(Edit::split_houses);
        let created = self.edits.iter().filter_map(Edit::created_id);
        let ids = named.chain(targets).chain(split);
        let ids: FxHashSet<PlaceRef> = ids.chain(created.map(PlaceRef::whole)).collect();
        for id in ids {
            let doc = before.find(id.place);
            if !at.contains_key(&id.place) {
                let now = doc
                    .and_then(|doc| bridged.successor(doc))
                    .map(PlaceRef::whole);
                let before = || before.gone(PlaceRef::whole(id.place))?.successor;
                known.extend(
                    now.or_else(before)
                        .map(|to| (PlaceRef::whole(id.place), to)),
                );
            }
            if id.part.is_some() {
                known.extend(moves(before, id));
                let mut houses = doc.into_iter().flat_map(|doc| before.houses(doc).iter());
                let source = houses.find(|h| id.is_house(h.source)).map(|h| h.source);
                if let Some(source) = source {
                    wanted.entry(source).or_default().push(id);
                }
            }
        }
        for draft in drafts.places.iter().filter(|_| !wanted.is_empty()) {
            for house in &draft.houses {
                let there = PlaceRef::house(draft.id, house.source);
                for id in wanted.get(&house.source).into_iter().flatten() {
                    // A corner is on several streets: its own counts.
                    if id.place != draft.id && !known.iter().any(|(k, _)| k == id) {
                        known.push((*id, there));
                    }
                }
            }
        }
        known
    }

    /// What became of the edits.
    pub fn counts(&self) -> EditCounts {
        let count =
            |is: fn(&Settled) -> bool| self.verdicts.iter().filter(|v| is(v)).count() as u64;
        EditCounts {
            kept: count(|v| *v == Settled::Kept),
            absorbed: count(|v| *v == Settled::Absorbed),
            conflicted: count(|v| matches!(v, Settled::Conflicted(_))),
            orphaned: count(|v| matches!(v, Settled::Orphaned(_))),
            unreadable: self.unreadable,
        }
    }

    /// Writes to the base what became of the edits; one whose state has changed meanwhile is left alone.
    ///
    /// # Errors
    /// When the base cannot be written; the next run settles what is left.
    pub fn record(&self, snapshot: &str, at_ms: i64) -> Result<()> {
        self.runtime
            .block_on(self.write(snapshot, at_ms))
            .context("cannot write to the base what became of the edits")
    }

    async fn write(&self, snapshot: &str, at_ms: i64) -> Result<(), BaseError> {
        for (stored, verdict) in self.stored.iter().zip(&self.verdicts) {
            let (to, detail) = match verdict {
                Settled::Kept => (EditState::Approved, json!({})),
                Settled::Absorbed => (EditState::Absorbed, json!({})),
                Settled::Conflicted(fields) => (EditState::Conflicted, conflict(fields)),
                Settled::Orphaned(missing) => (
                    EditState::Conflicted,
                    json!({ "missing": missing.id.to_string() }),
                ),
            };
            if to == stored.state {
                continue;
            }
            let mut detail = detail;
            detail["snapshot"] = json!(snapshot);
            let change = StateChange {
                id: stored.id,
                expected: &[stored.state],
                to,
                who: None,
                why: "import",
                detail: Some(detail),
            };
            match self.base.change_edit(&change, at_ms).await {
                Ok(_) | Err(BaseError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Where a house went from street to street, as the same object, also one that an edit then took away.
fn moves(before: &Snapshot, house: PlaceRef) -> Vec<(PlaceRef, PlaceRef)> {
    let next = |at: &PlaceRef| {
        let record = RetiredRecord::find(before.retired(), *at)?;
        record.successor().filter(|to| to.part == house.part)
    };
    let went = std::iter::successors(Some(house), next).take(MAX_MOVES);
    went.filter_map(|at| Some((at, next(&at)?))).collect()
}

/// The edit in a stored one; `None` when it makes no sense to this program.
fn read_edit(stored: &StoredEdit) -> Option<Edit> {
    let said = &stored.said;
    let operation = (said.operation.as_str(), said.target.as_deref());
    let number = u32::try_from(stored.id).ok()?;
    Edit::read(number, operation, &said.before, &said.after).ok()
}

fn conflict(fields: &[Disagreement]) -> Value {
    let field = |d: &Disagreement| json!({ "field": d.field, "base": d.base, "theirs": d.theirs, "ours": d.ours });
    json!({ "fields": fields.iter().map(field).collect::<Vec<_>>() })
}

/// Values of the sources that somebody has seen and decided against.
async fn decisions(base: &Base, edit: i64) -> Result<Fields, BaseError> {
    let mut decided = Fields::new();
    for entry in base.journal(Subject::Edit(edit)).await? {
        let detail = entry.detail.unwrap_or_default();
        let fields = detail.get("decided").and_then(Value::as_object).cloned();
        decided.extend(fields.unwrap_or_default());
    }
    Ok(decided)
}
