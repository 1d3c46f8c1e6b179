//! The build from end to end: read, conflate, write, check, switch.

use crate::addresses::read_list;
use crate::build::write_snapshot;
use crate::conflate::{Options, conflate};
use crate::osm::{PbfFile, harvest};
use crate::popularity::read_popularity;
use crate::progress::Progress;
use crate::publish::Workshop;
use crate::report::{BuildReport, Rejects};
use anyhow::{Context, Result};
use geodata::snapshot::{Manifest, Snapshot, SourceEntry, sha256_file};
use std::path::{Path, PathBuf};

/// What to build from, and where.
#[derive(Debug, Clone)]
pub struct BuildPlan {
    pub data: PathBuf,
    pub osm: Vec<PathBuf>,
    pub addresses: Vec<PathBuf>,
    pub popularity: Option<PathBuf>,
    /// ISO 3166-1 alpha-2, lower case.
    pub country: Option<String>,
    pub publish: bool,
    /// RFC 3339 UTC.
    pub built_at: String,
}

/// Builds a snapshot and, unless told otherwise, makes it the live one.
///
/// # Errors
/// When a source cannot be read or the data folder cannot be written; nothing is published then.
pub fn run_build(plan: &BuildPlan, mut progress: Progress) -> Result<BuildReport> {
    // Everything that can be refused is looked at before the long work begins.
    let files = plan
        .osm
        .iter()
        .map(|path| PbfFile::open(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rejects = Rejects::default();
    let mut lists = Vec::new();
    for (path, number) in plan.addresses.iter().zip(1..) {
        lists.extend(read_list(path, number, &mut rejects)?);
    }
    let popularity = plan
        .popularity
        .as_deref()
        .map(read_popularity)
        .transpose()?;
    let workshop = Workshop::open(&plan.data)?;
    progress.stage("checksums of the sources");
    let sources = describe_sources(plan)?;
    let mut harvests = Vec::new();
    for file in &files {
        let name = file
            .path()
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        harvests.push(harvest(file, &mut |pass| {
            progress.stage(&format!("read {name}: {pass}"))
        })?);
    }
    progress.stage("conflate");
    let mut world = conflate(
        harvests,
        lists,
        &Options {
            country: plan.country.clone(),
        },
    );
    world.rejects.merge(rejects);
    if let Some(popularity) = popularity {
        popularity.apply(&mut world);
    }
    let (read, houses, entrances) = (world.read, world.houses.clone(), world.doors.len() as u64);
    let rejected = world.rejects.counts();
    progress.stage("write the snapshot");
    let manifest = write_snapshot(world, sources, &plan.built_at, workshop.building())?;
    progress.stage("check the snapshot");
    Snapshot::open(workshop.building()).context("the new snapshot does not open")?;
    workshop.finish(&manifest)?;
    if plan.publish {
        workshop.publish(&manifest)?;
    }
    let (stages, seconds) = progress.finish();
    Ok(BuildReport {
        snapshot: manifest.name.clone(),
        published: plan.publish,
        read,
        places: manifest.counts.clone(),
        houses,
        entrances,
        rejected,
        seconds,
        stages,
        peak_memory_mb: peak_memory_mb(),
        snapshot_bytes: snapshot_bytes(&manifest),
    })
}

fn describe_sources(plan: &BuildPlan) -> Result<Vec<SourceEntry>> {
    let osm = plan.osm.iter().map(|p| ("osm", p));
    let lists = plan.addresses.iter().map(|p| ("addresses", p));
    let popularity = plan.popularity.iter().map(|p| ("popularity", p));
    osm.chain(lists)
        .chain(popularity)
        .map(|(kind, path)| describe(kind, path))
        .collect()
}

fn describe(kind: &str, path: &Path) -> Result<SourceEntry> {
    let entry = sha256_file(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(SourceEntry {
        kind: kind.to_owned(),
        name,
        bytes: entry.bytes,
        sha256: entry.sha256,
    })
}

fn snapshot_bytes(manifest: &Manifest) -> u64 {
    manifest.files.values().map(|f| f.bytes).sum()
}

/// Peak resident memory of this process; 0 where the system does not tell.
fn peak_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
