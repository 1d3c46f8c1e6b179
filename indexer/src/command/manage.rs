//! `list`, `rollback`, `prune`, `inspect`.

use super::megabytes;
use crate::inspect::describe;
use crate::snapshots::{self, Stored};
use anyhow::{Context, Result};
use clap::Args;
use geodata::PlaceRef;
use geodata::pickup::{
    DEFAULT_PICKUPS, Guidance, Meeting, PickupQuery, SideWish, draw, pickup_points,
};
use geodata::snapshot::{SNAPSHOTS_DIR, Snapshot};
use std::io::Write;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// The data folder.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
}

impl ListArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let stored = snapshots::list(&self.data)?;
        if stored.is_empty() {
            writeln!(out, "no snapshots in `{}`", self.data.display())?;
        }
        for snapshot in stored {
            writeln!(out, "{}", line(&snapshot))?;
        }
        Ok(())
    }
}

fn line(stored: &Stored) -> String {
    let live = if stored.live { "live" } else { "    " };
    let what = match &stored.manifest {
        Ok(manifest) => {
            let count = |layer: &str| manifest.counts.get(layer).copied().unwrap_or_default();
            let diffs = manifest.sources.iter().filter(|s| s.kind == "osc").count();
            format!(
                "{:>10}  {} houses, {} streets, {} POIs, {} sources, {diffs} of them diffs",
                megabytes(manifest.bytes()),
                count("house"),
                count("street"),
                count("poi"),
                manifest.sources.len(),
            )
        }
        Err(error) => format!("unusable: {error}"),
    };
    format!("{live}  {}  {what}", stored.name)
}

#[derive(Args, Debug)]
pub(super) struct RollbackArgs {
    /// The data folder.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// The snapshot to make live, older or newer; by default the one that was live before.
    #[arg(long, env = "KUDY_TO", value_name = "SNAPSHOT")]
    to: Option<String>,
}

impl RollbackArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let before = snapshots::live_name(&self.data).unwrap_or("none".to_owned());
        let now = snapshots::rollback(&self.data, self.to.as_deref())?;
        writeln!(out, "live       {now}, before: {before}")?;
        Ok(())
    }
}

#[derive(Args, Debug)]
pub(super) struct PruneArgs {
    /// The data folder.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// How many snapshots stay: the newest; the live one and the one that was live before it always do.
    #[arg(long, env = "KUDY_KEEP", value_name = "N", default_value_t = snapshots::DEFAULT_KEEP)]
    keep: usize,
}

impl PruneArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let pruned = snapshots::prune(&self.data, self.keep)?;
        for name in pruned.snapshots.iter().chain(&pruned.sources) {
            writeln!(out, "removed    {name}")?;
        }
        if pruned.snapshots.is_empty() && pruned.sources.is_empty() {
            writeln!(out, "nothing to remove")?;
        }
        Ok(())
    }
}

#[derive(Args, Debug)]
pub(super) struct InspectArgs {
    /// The id of a place, as results have it.
    #[arg(value_name = "PLACE_ID")]
    place: PlaceRef,
    /// The data folder.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Another snapshot than the live one.
    #[arg(long, env = "KUDY_SNAPSHOT", value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    /// Where to draw the place, its surroundings and its pickup points.
    #[arg(long, env = "KUDY_SVG", value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// The place with the ground around it and where cars stop for it.
fn drawn(snapshot: &Snapshot, place: PlaceRef) -> Result<String> {
    let found = snapshot.find(place.place);
    let meeting = found.and_then(|doc| Meeting::of(snapshot, doc, place));
    let query = PickupQuery {
        meeting: meeting.with_context(|| format!("no place has the id `{place}`"))?,
        side: SideWish::Either,
        limit: DEFAULT_PICKUPS,
        languages: Vec::new(),
    };
    let answer = pickup_points(snapshot, &query, |_| Guidance::default());
    Ok(draw(&answer))
}

impl InspectArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let snapshot = match &self.snapshot {
            Some(name) => Snapshot::open(&self.data.join(SNAPSHOTS_DIR).join(name))?,
            None => Snapshot::open_current(&self.data)?,
        };
        let text = describe(&snapshot, self.place)?;
        if let Some(file) = &self.svg {
            let drawing = drawn(&snapshot, self.place)?;
            std::fs::write(file, drawing)
                .with_context(|| format!("cannot write `{}`", file.display()))?;
        }
        write!(out, "{text}").context("cannot write to standard output")
    }
}
