//! The build from end to end: read, conflate, write, check, switch.

use crate::addresses::{ListRow, read_list};
use crate::clock;
use crate::conflate::{Options, conflate};
use crate::edits::{EditsInForce, base_url};
use crate::identity;
use crate::osm::{Changes, PbfFile, harvest};
use crate::popularity::{Popularity, read_popularity};
use crate::progress::Progress;
use crate::publish::Workshop;
use crate::report::{BuildReport, Rejects, peak_memory_mb};
use crate::snapshots;
use crate::sources::{self, SourceError, SourceKind};
use anyhow::{Context, Result};
use geodata::snapshot::write::{Origin, write_snapshot};
use geodata::snapshot::{Manifest, Snapshot, SourceEntry};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// What to build from, and where.
#[derive(Debug, Clone, Default)]
pub struct BuildPlan {
    pub data: PathBuf,
    pub osm: Vec<PathBuf>,
    /// Diffs on top of the extracts, in the order in which they were made.
    pub osc: Vec<PathBuf>,
    pub addresses: Vec<PathBuf>,
    pub popularity: Option<PathBuf>,
    /// ISO 3166-1 alpha-2, lower case.
    pub country: Option<String>,
    /// The address base; without one, the file inside the data folder, if it is there.
    pub base: Option<String>,
    pub publish: bool,
    /// RFC 3339 UTC.
    pub built_at: String,
}

impl BuildPlan {
    /// All files to read, in the order in which a manifest lists them.
    pub fn files(&self) -> Vec<(SourceKind, &Path)> {
        let osm = self.osm.iter().map(|p| (SourceKind::Osm, p.as_path()));
        let osc = self.osc.iter().map(|p| (SourceKind::Osc, p.as_path()));
        let lists = self
            .addresses
            .iter()
            .map(|p| (SourceKind::Addresses, p.as_path()));
        let popularity = self
            .popularity
            .iter()
            .map(|p| (SourceKind::Popularity, p.as_path()));
        osm.chain(osc).chain(lists).chain(popularity).collect()
    }
}

/// A finished snapshot that is not live yet.
pub struct Built {
    pub folder: PathBuf,
    pub manifest: Manifest,
    pub report: BuildReport,
    edits: Option<EditsInForce>,
}

impl Built {
    /// Writes to the base what became of the edits, once the snapshot is live.
    ///
    /// # Errors
    /// When the base cannot be written.
    pub fn record_edits(&self, at: OffsetDateTime) -> Result<()> {
        let at_ms = at.unix_timestamp() * 1000;
        match &self.edits {
            Some(edits) => edits.record(&self.manifest.name, at_ms),
            None => Ok(()),
        }
    }
}

/// Builds a snapshot and, unless told otherwise, makes it the live one.
///
/// # Errors
/// When a source cannot be read or the data folder cannot be written; nothing is published then.
pub fn run_build(plan: &BuildPlan, progress: Progress) -> Result<BuildReport> {
    let inputs = Inputs::open(plan)?;
    let workshop = Workshop::open(&plan.data)?;
    let mut built = build(plan, inputs, &workshop, progress)?;
    if plan.publish {
        workshop.publish(&built.manifest)?;
        built.report.published = true;
        built.record_edits(clock::now())?;
    }
    Ok(built.report)
}

/// Sources that have been looked at: everything that can be refused is, before the long work begins.
pub struct Inputs {
    extracts: Vec<PbfFile>,
    changes: Changes,
    lists: Vec<ListRow>,
    popularity: Option<Popularity>,
    edits: Option<EditsInForce>,
    rejects: Rejects,
}

impl Inputs {
    /// Opens the extracts and reads diffs, lists and popularity.
    ///
    /// # Errors
    /// Names the file that cannot be used, and why.
    pub fn open(plan: &BuildPlan) -> Result<Inputs> {
        let extracts = plan.osm.par_iter().map(|path| PbfFile::open(path));
        let popularity = plan.popularity.as_deref();
        let (extracts, popularity) = rayon::join(
            || extracts.collect::<Result<_, _>>(),
            || popularity.map(read_popularity).transpose(),
        );
        let mut inputs = Inputs {
            extracts: extracts?,
            changes: Changes::read(&plan.osc)?,
            lists: Vec::new(),
            popularity: popularity?,
            edits: base_url(&plan.data, plan.base.as_deref())
                .map(|url| EditsInForce::read(&url))
                .transpose()?,
            rejects: Rejects::default(),
        };
        for (path, number) in plan.addresses.iter().zip(1..) {
            inputs
                .lists
                .extend(read_list(path, number, &mut inputs.rejects)?);
        }
        Ok(inputs)
    }
}

/// Builds a snapshot beside the live one, checks it and gives it its name.
///
/// # Errors
/// When a source cannot be read or the data folder cannot be written; nothing is left then.
pub fn build(
    plan: &BuildPlan,
    inputs: Inputs,
    workshop: &Workshop,
    progress: Progress,
) -> Result<Built> {
    let changes = inputs.changes;
    let (sources, harvests) = std::thread::scope(|scope| {
        let sources = scope.spawn(|| keep_sources(plan));
        let extracts = inputs.extracts.iter();
        let harvests = extracts.map(|file| harvest(file, &changes, &progress));
        let harvests: Result<Vec<_>, _> = harvests.collect();
        (sources.join().expect("a panic ends the build"), harvests)
    });
    let (sources, harvests) = (sources?, harvests?);
    let diffs = changes.counts;
    drop(changes);
    let options = Options {
        country: plan.country.clone(),
    };
    let mut world = conflate(harvests, inputs.lists, &options, &progress);
    world.rejects.merge(inputs.rejects);
    progress.stage("ids");
    let before = ids_from(&plan.data)?;
    let bridged = identity::assign(&mut world.drafts, before.as_ref());
    let mut edits = inputs.edits;
    let taken_away = edits.as_mut().map(|edits| {
        progress.stage("edits");
        edits.apply(&mut world.drafts, before.as_ref(), &bridged)
    });
    let taken_away = taken_away.unwrap_or_default();
    let changes = bridged.retire(&mut world.drafts, before.as_ref(), &taken_away);
    if let Some(popularity) = inputs.popularity {
        popularity.apply(&mut world);
    }
    let mut report = BuildReport {
        read: world.read,
        diffs,
        changes,
        edits: edits.as_ref().map(EditsInForce::counts),
        ids_from: before.map(|b| b.manifest().name.clone()),
        houses: world.houses.clone(),
        entrances: world.drafts.doors.len() as u64,
        rejected: world.rejects.counts(),
        ..BuildReport::default()
    };
    progress.stage("write the snapshot");
    let origin = Origin {
        sources,
        country: plan.country.clone(),
        base_change: edits.as_ref().map(|e| e.as_of),
        built_at: plan.built_at.clone(),
    };
    let manifest = write_snapshot(&world.drafts, origin, workshop.building())?;
    // Millions of small things take a while to free, and nobody has to wait for it.
    rayon::spawn(move || drop(world));
    progress.stage("check the snapshot");
    Snapshot::open(workshop.building()).context("the new snapshot does not open")?;
    let folder = workshop.finish(&manifest)?;
    report.snapshot = manifest.name.clone();
    report.places = manifest.counts.clone();
    report.snapshot_bytes = manifest.bytes();
    (report.stages, report.seconds) = progress.finish();
    report.peak_memory_mb = peak_memory_mb();
    Ok(Built {
        folder,
        manifest,
        report,
        edits,
    })
}

/// Keeps the files that are read, and says which they are.
fn keep_sources(plan: &BuildPlan) -> Result<Vec<SourceEntry>, SourceError> {
    let files = plan.files();
    let sources = sources::describe(&files)?;
    let paths: Vec<&Path> = files.iter().map(|(_, path)| *path).collect();
    sources::keep(&plan.data, &paths, &sources)?;
    Ok(sources)
}

/// The snapshot whose ids the new one keeps: the live one or, should it not open, the newest that does.
fn ids_from(data: &Path) -> Result<Option<Snapshot>> {
    let mut stored = snapshots::list(data)?;
    stored.sort_by_key(|s| !s.live);
    Ok(stored.iter().find_map(|s| Snapshot::open(&s.folder).ok()))
}
