//! Edits → small snapshots over the published one.
//!
//! The places that edits touch are thawed out of the snapshot, changed as the nightly run would change them, and written
//! to a snapshot of their own, which is searched beside the published one. There are two: the *settled* one is large
//! and seldom written, the *fresh* one holds the latest edits and is written anew with each, so that an edit is
//! searchable at once however many there are.

use super::scratch::with_scratch;
use crate::search::{Hidden, Part, View};
use geodata::edits::{Edit, Operation, Subject, Workbench};
use geodata::snapshot::write::{Origin, WriteError, write_snapshot};
use geodata::snapshot::{House, OpenError, Snapshot, Thaw};
use geodata::{PlaceId, PlaceRef};
use rustc_hash::{FxHashMap, FxHashSet};
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// So many edits are written anew with each new one; then they are settled.
const FRESH: usize = 256;

/// Why edits cannot be shown.
#[derive(Debug, Error)]
pub enum OverlayError {
    #[error("cannot write the edited places")]
    Folder(#[from] io::Error),
    #[error("cannot write the edited places")]
    Write(#[from] WriteError),
    #[error("cannot open the edited places")]
    Open(#[from] OpenError),
}

/// Edited places over a snapshot.
pub struct Overlay {
    published: Arc<Snapshot>,
    settled: Vec<Edit>,
    fresh: Vec<Edit>,
    settled_layer: Layer,
    fresh_layer: Layer,
}

/// Places that some edits touch, as they are with them.
#[derive(Default)]
struct Layer {
    /// None when every touched place was taken away.
    part: Option<Part>,
    /// What the parts below do not show any more.
    replaced: FxHashSet<PlaceId>,
    gone: FxHashMap<PlaceRef, Option<PlaceRef>>,
}

impl Overlay {
    /// Nothing over a snapshot.
    pub fn over(published: Arc<Snapshot>) -> Overlay {
        Overlay {
            published,
            settled: Vec::new(),
            fresh: Vec::new(),
            settled_layer: Layer::default(),
            fresh_layer: Layer::default(),
        }
    }

    /// How many edits there are.
    pub fn len(&self) -> usize {
        self.settled.len() + self.fresh.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shows exactly these edits, in this order.
    ///
    /// # Errors
    /// When the edited places cannot be written or opened; what was shown before stays.
    pub fn show(&mut self, edits: &[Edit]) -> Result<(), OverlayError> {
        let kept = self.settled.len();
        let settled = edits.get(..kept) == Some(&self.settled[..]);
        if !settled || edits.len() - kept > FRESH {
            let layer = Layer::write(&[self.published_part()], edits)?;
            self.settled = edits.to_vec();
            self.settled_layer = layer;
            self.fresh = Vec::new();
            self.fresh_layer = Layer::default();
            return Ok(());
        }
        let fresh = &edits[kept..];
        if fresh != self.fresh {
            let mut below = vec![self.published_part()];
            below[0].hidden = Arc::new(hidden_in(&self.published, &self.settled_layer.replaced));
            below.extend(self.settled_layer.part.clone());
            self.fresh_layer = Layer::write(&below, fresh)?;
            self.fresh = fresh.to_vec();
        }
        Ok(())
    }

    /// The snapshot with the edited places over it.
    pub fn view(&self) -> View {
        let layers = [&self.settled_layer, &self.fresh_layer];
        let replaced = layers.iter().flat_map(|l| l.replaced.iter().copied());
        let replaced: FxHashSet<PlaceId> = replaced.collect();
        let mut parts = vec![Part {
            snapshot: Arc::clone(&self.published),
            hidden: Arc::new(hidden_in(&self.published, &replaced)),
        }];
        if let Some(settled) = &self.settled_layer.part {
            let mut hidden = hidden_in(&settled.snapshot, &self.fresh_layer.replaced);
            hidden.extend(settled.hidden.iter());
            parts.push(Part {
                snapshot: Arc::clone(&settled.snapshot),
                hidden: Arc::new(hidden),
            });
        }
        parts.extend(self.fresh_layer.part.clone());
        let mut gone = self.settled_layer.gone.clone();
        gone.extend(&self.fresh_layer.gone);
        View::layered(parts, gone)
    }

    fn published_part(&self) -> Part {
        Part {
            snapshot: Arc::clone(&self.published),
            hidden: Arc::default(),
        }
    }
}

impl Layer {
    /// Writes the places that edits touch, as they are shown by the parts below, with the edits.
    fn write(below: &[Part], edits: &[Edit]) -> Result<Layer, OverlayError> {
        if edits.is_empty() {
            return Ok(Layer::default());
        }
        let view = View::layered(below.to_vec(), FxHashMap::default());
        let mut thaw = Thaw::default();
        for edit in edits {
            thaw_touched(&mut thaw, &view, edit);
        }
        let mut replaced = thaw.taken();
        let (mut drafts, context) = thaw.finish();
        let mut bench = Workbench::new(&mut drafts);
        for edit in edits {
            if let Err(missing) = bench.apply(edit) {
                tracing::warn!(edit = edit.number, %missing, "an edit cannot be shown");
            }
        }
        let gone = bench.finish();
        replaced.extend(
            drafts
                .places
                .iter()
                .map(|d| d.id)
                .filter(|id| !context.contains(id)),
        );
        let shown = drafts.places.iter().any(|d| !context.contains(&d.id));
        let part = if shown {
            Some(write_part(&drafts, &context)?)
        } else {
            None
        };
        Ok(Layer {
            part,
            replaced,
            gone,
        })
    }
}

/// The part that drafts make; its files are needed no longer than they are being opened.
fn write_part(
    drafts: &geodata::draft::Drafts,
    context: &FxHashSet<PlaceId>,
) -> Result<Part, OverlayError> {
    let snapshot = with_scratch(|folder| -> Result<Snapshot, OverlayError> {
        let origin = Origin {
            sources: Vec::new(),
            country: None,
            base_change: None,
            built_at: "overlay".to_owned(),
        };
        write_snapshot(drafts, origin, folder)?;
        Ok(Snapshot::open(folder)?)
    })?;
    let snapshot = Arc::new(snapshot);
    let hidden = Arc::new(hidden_in(&snapshot, context));
    Ok(Part { snapshot, hidden })
}

/// Numbers of places in a snapshot.
fn hidden_in(snapshot: &Snapshot, ids: &FxHashSet<PlaceId>) -> Hidden {
    ids.iter().filter_map(|id| snapshot.find(*id)).collect()
}

/// Thaws what an edit needs: the places it names, those that lie in another part since, and of a house the streets that
/// cross its own, on which it may be found as a corner.
fn thaw_touched(thaw: &mut Thaw, view: &View, edit: &Edit) {
    for id in edit.places() {
        let Some((part, doc)) = view.find(id) else {
            continue;
        };
        let snapshot = view.snapshot(part);
        thaw.place(snapshot, doc);
        let corner = edit.subject() == Subject::House || edit.operation == Operation::Merge;
        let Some(target) = edit.target.filter(|t| corner && t.place == id) else {
            continue;
        };
        let found_at = |h: &House| target.is_house(h.source);
        let source = snapshot
            .houses(doc)
            .iter()
            .find(|h| found_at(h))
            .map(|h| h.source);
        for crossing in snapshot.crossings(doc) {
            let street = snapshot.place(crossing.street).id;
            let Some((part, doc)) = view.find(street) else {
                continue;
            };
            let snapshot = view.snapshot(part);
            let shares = |h: House| Some(h.source) == source;
            if source.is_some() && snapshot.houses(doc).iter().any(shares) {
                thaw.place(snapshot, doc);
            }
        }
    }
}
