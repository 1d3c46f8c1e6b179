//! The nightly run: lock, check the disk, read, build beside, gate, publish, prune, journal.
//!
//! A step that fails leaves the live snapshot untouched and says why; the run can simply be started again.

/// Limits and options, from a file.
mod config;
/// Which places are others than before.
mod differences;
/// What stands between a finished snapshot and its publication.
mod gate;
/// Questions that have to be answered as well as before.
mod golden;
/// What happened, one line per run.
mod journal;
/// The report of a run.
mod report;
/// When the next run is due.
mod schedule;
/// Which files of a folder are read as what.
mod sources;

pub use config::{ConfigError, GateLimits, NightlyConfig};
pub use differences::{Changed, Differences, compare};
pub use gate::{Finding, check};
pub use golden::{GoldenOutcome, GoldenRunner};
pub use journal::{Entry, Journal, Outcome};
pub use report::NightlyReport;
pub use schedule::{TimeOfDay, seconds_until};
pub use sources::{NightlySources, SourcesError};

use crate::clock;
use crate::pipeline::{BuildPlan, Built, Inputs, build};
use crate::progress::Progress;
use crate::publish::Workshop;
use crate::snapshots;
use anyhow::{Context, Result, bail};
use geodata::snapshot::{Manifest, SNAPSHOTS_DIR, Snapshot};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of journal and reports inside a data folder.
pub const NIGHTLY_DIR: &str = "nightly";
/// How many times the size of the sources and of the live snapshot have to be free on the disk.
const FREE_FACTOR: u64 = 2;

/// What a night is to do.
#[derive(Debug, Clone)]
pub struct NightlyPlan {
    pub data: PathBuf,
    pub sources: PathBuf,
    /// The address base; without one, the file inside the data folder, if it is there.
    pub base: Option<String>,
    pub config: NightlyConfig,
    /// The program that answers golden questions.
    pub server: PathBuf,
    /// Publishes although the gate has something against it.
    pub force: bool,
}

/// Runs once. `now` gives the time, RFC 3339 UTC.
///
/// # Errors
/// When a step fails or the gate stops the publication; the journal says so too.
pub fn run(plan: &NightlyPlan, now: impl Fn() -> Result<String>) -> Result<NightlyReport> {
    let started = now()?;
    // The lock first: two runs at once would write one journal.
    let workshop = Workshop::open(&plan.data)?;
    let journal = Journal::open(&plan.data.join(NIGHTLY_DIR))?;
    journal.settle_interrupted(&started)?;
    let entry = Entry::started(&started);
    journal.append(&entry)?;
    let result = night(plan, &workshop, &started);
    let ended = now()?;
    match result {
        Ok(report) => {
            report.write(&plan.data.join(NIGHTLY_DIR))?;
            journal.append(&entry.ended(&ended, &report))?;
            if report.outcome() == Outcome::Stopped {
                bail!(
                    "the gate stopped the publication of {}:\n{}\nthe live snapshot stays; to publish it after all: \
                     kudy-indexer rollback --data {} --to {}",
                    report.build.snapshot,
                    report
                        .findings
                        .iter()
                        .map(|f| format!("  {f}"))
                        .collect::<Vec<_>>()
                        .join("\n"),
                    plan.data.display(),
                    report.build.snapshot,
                );
            }
            Ok(report)
        }
        Err(error) => {
            journal.append(&entry.failed(&ended, &format!("{error:#}")))?;
            Err(error)
        }
    }
}

fn night(plan: &NightlyPlan, workshop: &Workshop, started: &str) -> Result<NightlyReport> {
    let sources = NightlySources::find(&plan.sources)?;
    let before = live(&plan.data);
    check_disk(plan, &sources, before.as_ref())?;
    let golden = GoldenRunner::new(&plan.server, &sources.golden)?;
    let build_plan = BuildPlan {
        data: plan.data.clone(),
        osm: sources.osm.clone(),
        osc: sources.osc.clone(),
        addresses: sources.addresses.clone(),
        popularity: sources.popularity.clone(),
        country: plan.config.country.clone(),
        base: plan.base.clone(),
        publish: false,
        built_at: started.to_owned(),
    };
    let inputs = Inputs::open(&build_plan)?;
    let built = build(&build_plan, inputs, workshop, Progress::default())?;
    let golden = ask_golden(plan, golden.as_ref(), before.as_ref(), &built)?;
    let findings = check(&plan.config.gate, before.as_ref(), &built, golden.as_ref());
    let differences = differences(plan, before.as_ref(), &built)?;
    let mut report = NightlyReport {
        started: started.to_owned(),
        before: before.as_ref().map(|m| m.name.clone()),
        counts_before: before.map(|m| m.counts).unwrap_or_default(),
        sources: built.manifest.sources.clone(),
        ignored: sources.ignored,
        build: built.report.clone(),
        differences,
        golden,
        forced: plan.force && !findings.is_empty(),
        findings,
        pruned: Vec::new(),
    };
    if report.outcome() == Outcome::Stopped {
        return Ok(report);
    }
    workshop.publish(&built.manifest)?;
    report.build.published = true;
    built.record_edits(clock::now())?;
    report.pruned = snapshots::prune(&plan.data, plan.config.keep)?.snapshots;
    Ok(report)
}

/// The manifest of the live snapshot. One that cannot be read is nothing to compare with.
fn live(data: &Path) -> Option<Manifest> {
    let name = snapshots::live_name(data)?;
    Manifest::read(&data.join(SNAPSHOTS_DIR).join(name)).ok()
}

fn ask_golden(
    plan: &NightlyPlan,
    golden: Option<&GoldenRunner>,
    before: Option<&Manifest>,
    built: &Built,
) -> Result<Option<GoldenOutcome>> {
    let Some(golden) = golden else {
        return Ok(None);
    };
    let now = golden.ask(&built.folder)?;
    let live = before.map(|m| plan.data.join(SNAPSHOTS_DIR).join(&m.name));
    let then = live.map(|folder| golden.ask(&folder)).transpose()?;
    Ok(Some(GoldenOutcome::compare(then, now)))
}

/// What changed since the live snapshot; nothing is told of the first one.
fn differences(
    plan: &NightlyPlan,
    before: Option<&Manifest>,
    built: &Built,
) -> Result<BTreeMap<String, Differences>> {
    let Some(before) = before else {
        return Ok(BTreeMap::new());
    };
    let before = Snapshot::open(&plan.data.join(SNAPSHOTS_DIR).join(&before.name));
    // One of an older format is nothing to compare with.
    let Ok(before) = before else {
        return Ok(BTreeMap::new());
    };
    Ok(compare(&before, &Snapshot::open(&built.folder)?))
}

fn check_disk(
    plan: &NightlyPlan,
    sources: &NightlySources,
    before: Option<&Manifest>,
) -> Result<()> {
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
    let read: u64 = sources
        .osm
        .iter()
        .chain(&sources.osc)
        .chain(&sources.addresses)
        .map(size)
        .sum();
    let needed = FREE_FACTOR * read.max(before.map_or(0, Manifest::bytes));
    let stat = rustix::fs::statvfs(&plan.data);
    let stat =
        stat.with_context(|| format!("cannot tell the free space of `{}`", plan.data.display()))?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if free < needed {
        bail!(
            "`{}` has {} MB free, expected at least {} MB; prune old snapshots or enlarge the disk",
            plan.data.display(),
            free / 1_000_000,
            needed / 1_000_000,
        );
    }
    Ok(())
}
