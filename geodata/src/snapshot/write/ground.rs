//! What lies on the ground → tiles.

use super::WriteError;
use crate::ground::{Ground, LineKind, Shapes};
use crate::snapshot::ground::{Packer, TileRecord, box_of, tiles_of};
use crate::snapshot::{files, write_table};
use crate::{Atoms, Bbox, LonLat, segment};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::io;
use std::ops::Range;
use std::path::Path;

/// Tiles that are packed before they are written.
const BATCH: usize = 4096;

/// What a tile has: rows of the ground's tables.
#[derive(Default)]
struct Content {
    /// (line, its points there)
    lines: Vec<(u32, Range<u32>)>,
    areas: Vec<u32>,
    marks: Vec<u32>,
}

/// Writes the files of the ground.
pub(super) fn write(ground: &Ground, atoms: &Atoms, folder: &Path) -> Result<(), WriteError> {
    let contents = contents(ground);
    let mut records = Vec::with_capacity(contents.len() + 1);
    let path = folder.join(files::GROUND);
    let mut bytes: Vec<u8> = Vec::new();
    for batch in contents.chunks(BATCH) {
        let packed: Vec<Vec<u8>> = batch
            .par_iter()
            .map(|(tile, content)| pack(*tile, content, (ground, atoms)))
            .collect();
        for ((tile, _), packed) in batch.iter().zip(packed) {
            records.push(record(*tile, &bytes));
            bytes.extend_from_slice(&packed);
        }
    }
    records.push(record(u32::MAX, &bytes));
    let written = |name: &str, result: io::Result<()>| {
        result.map_err(|source| WriteError::Io {
            path: folder.join(name),
            source,
        })
    };
    written(files::GROUND, write_table(&path, &bytes))?;
    let path = folder.join(files::GROUND_TILES);
    written(files::GROUND_TILES, write_table(&path, &records))
}

fn record(tile: u32, bytes: &[u8]) -> TileRecord {
    TileRecord {
        tile,
        first: u32::try_from(bytes.len()).expect("fewer than 4 GB of ground"),
    }
}

/// Which tile has what, in the order of the tiles; in each tile in the order of the objects.
fn contents(ground: &Ground) -> Vec<(u32, Content)> {
    let mut tiles: FxHashMap<u32, Content> = FxHashMap::default();
    // Water first: who asks for it alone need not read on.
    let mut lines = in_order(&ground.lines);
    lines.sort_by_key(|n| ground.lines.get(*n as usize).0 != LineKind::Water);
    for n in lines {
        let (_, _, points) = ground.lines.get(n as usize);
        for (tile, range) in cut(points) {
            tiles.entry(tile).or_default().lines.push((n, range));
        }
    }
    for n in in_order(&ground.areas) {
        let ring = ground.areas.get(n as usize).2.iter().copied();
        let Some(b) = Bbox::around(ring) else {
            continue;
        };
        let middle = LonLat::clamped(
            f64::midpoint(b.west, b.east),
            f64::midpoint(b.south, b.north),
        );
        for tile in tiles_of(&Bbox::at(middle)) {
            tiles.entry(tile).or_default().areas.push(n);
        }
    }
    let mut marks: Vec<u32> = (0..row(ground.marks.len())).collect();
    marks.sort_by_key(|n| {
        let mark = &ground.marks[*n as usize];
        (mark.source, mark.kind.code())
    });
    for n in marks {
        for tile in tiles_of(&Bbox::at(ground.marks[n as usize].point)) {
            tiles.entry(tile).or_default().marks.push(n);
        }
    }
    let mut tiles: Vec<(u32, Content)> = tiles.into_iter().collect();
    tiles.sort_unstable_by_key(|(tile, _)| *tile);
    tiles
}

/// Rows in the order of their objects: the order of the input shall not matter.
fn in_order<K: Copy>(shapes: &Shapes<K>) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..row(shapes.len())).collect();
    rows.sort_by_key(|n| shapes.get(*n as usize).1);
    rows
}

fn row(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 4 G things")
}

/// Which points of a line each tile has: every run of segments that touches it.
fn cut(points: &[LonLat]) -> Vec<(u32, Range<u32>)> {
    let mut runs: Vec<(u32, Range<u32>)> = Vec::new();
    for (n, ends) in (0..).zip(points.windows(2)) {
        let Some(bbox) = Bbox::around(ends.iter().copied()) else {
            continue;
        };
        for tile in tiles_of(&bbox).filter(|tile| touches(&box_of(*tile), ends[0], ends[1])) {
            let open = runs.iter_mut().rev().find(|(t, _)| *t == tile);
            match open {
                Some((_, run)) if run.end == n + 1 => run.end = n + 2,
                _ => runs.push((tile, n..n + 2)),
            }
        }
    }
    runs
}

/// Whether a segment touches a box.
fn touches(b: &Bbox, from: LonLat, to: LonLat) -> bool {
    let at = |p: LonLat| (p.lon(), p.lat());
    segment::clip((at(from), at(to)), ((b.west, b.south), (b.east, b.north))).is_some()
}

fn pack(tile: u32, content: &Content, (ground, atoms): (&Ground, &Atoms)) -> Vec<u8> {
    let mut packer = Packer::new(tile);
    packer.count(content.lines.len());
    for (n, run) in &content.lines {
        let (kind, source, points) = ground.lines.get(*n as usize);
        let points = &points[run.start as usize..run.end as usize];
        packer.shape(kind.code(), source, points);
    }
    packer.count(content.areas.len());
    for n in &content.areas {
        let (kind, source, ring) = ground.areas.get(*n as usize);
        packer.area(kind.code(), source, ring);
    }
    packer.count(content.marks.len());
    for n in &content.marks {
        let mark = &ground.marks[*n as usize];
        let texts = [atoms.get(mark.reference), atoms.get(mark.name)];
        packer.mark((mark.kind.code(), mark.source, mark.point), texts);
    }
    packer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::{AreaKind, Flow, Mark, MarkKind, Road, RoadClass};
    use crate::snapshot::ground::GroundTiles;
    use crate::{OsmKind, SourceId};
    use std::error::Error;

    #[test]
    fn a_tile_gives_back_what_lies_in_it() -> Result<(), Box<dyn Error>> {
        let mut atoms = Atoms::default();
        let mut ground = Ground::default();
        let way = |n| SourceId::osm(OsmKind::Way, n);
        let road = LineKind::Road(Road::new(RoadClass::Residential, Flow::Forward));
        // 20 km to the north-east: over some thirty tiles.
        let line: Vec<LonLat> = (0..200)
            .map(|n| {
                LonLat::clamped(
                    30.0 + 0.001 * f64::from(n),
                    50.0 + 0.001_1 * f64::from(n % 7 + n),
                )
            })
            .collect();
        ground.lines.push(road, way(7), &line);
        ground
            .lines
            .push(LineKind::Water, way(3), &[line[0], line[150]]);
        ground.areas.push(
            AreaKind::Building,
            way(9),
            &[line[0], line[1], line[2], line[0]],
        );
        ground.marks.push(Mark {
            kind: MarkKind::TaxiStand,
            source: SourceId::osm(OsmKind::Node, 5),
            point: line[1],
            reference: atoms.intern("2"),
            name: atoms.intern("Вихід"),
        });
        let folder = tempfile::tempdir()?;
        write(&ground, &atoms, folder.path())?;
        let tiles = GroundTiles::open(folder.path())?;
        let near = tiles.near(&Bbox::at(line[0]));
        let mark = &near.marks[0];
        assert_eq!(
            (mark.reference.as_str(), mark.name.as_str(), mark.kind),
            ("2", "Вихід", MarkKind::TaxiStand)
        );
        assert!(mark.point.distance_m(line[1]) < 0.1);
        assert_eq!(near.areas[0].ring.len(), 4);
        // Every segment of the road is in the tile of its middle.
        for (n, ends) in line.windows(2).enumerate() {
            let middle = crate::interpolate(ends[0], ends[1], 0.5);
            let near = tiles.near(&Bbox::at(middle));
            let of_road = near
                .lines
                .iter()
                .filter(|l| l.source == way(7) && l.kind == road);
            let found = of_road.flat_map(|l| l.points.windows(2)).any(|found| {
                found[0].distance_m(ends[0]) < 0.1 && found[1].distance_m(ends[1]) < 0.1
            });
            assert!(found, "segment {n}");
        }
        let far = tiles.near(&Bbox::at(LonLat::clamped(31.0, 50.0)));
        assert!(far.lines.is_empty() && far.areas.is_empty() && far.marks.is_empty());
        Ok(())
    }
}
