//! What lies on the ground, by tiles: `ground.bin` has one packed run of bytes per tile, `ground_tiles.bin` where each
//! begins.
//!
//! Tiles are squares of 1/128 degree. A line is stored in every tile that it touches, cut to its segments there; an area
//! whole, in the tile of its middle; points as steps of 1e-6 degree from one to the next, most of them two bytes, and
//! objects as steps from one id to the next. A look around a place unpacks up to nine tiles.

use super::error::OpenError;
use super::files;
use super::reader::Snapshot;
use super::table::Table;
use crate::coord::{Bbox, LonLat};
use crate::ground::{AreaKind, LineKind, MarkKind};
use crate::source::{OsmKind, SourceId};
use bytemuck::{Pod, Zeroable};
use std::path::Path;

/// Tiles in a degree.
const TILES_PER_DEGREE: f64 = 128.0;
/// Tiles all around the earth.
const COLUMNS: u32 = 360 * 128;
/// Steps of 1e-7 degree in the unit of a point.
const UNIT_E7: i32 = 10;
/// How far from its middle an area reaches at most, in degrees: tiles this much farther are looked into.
const AREA_REACH: f64 = 0.001_5;
/// Tiles that one look unpacks, at most: a box of some kilometres.
const MAX_TILES: usize = 64;

/// Where a tile's bytes begin.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct TileRecord {
    /// Row × [`COLUMNS`] + column, from the south-west corner of the world.
    pub(super) tile: u32,
    pub(super) first: u32,
}

/// The tables of the ground.
pub(super) struct GroundTiles {
    /// With a sentinel.
    tiles: Table<TileRecord>,
    bytes: Table<u8>,
}

/// A line near a place, as far as the tiles that were looked into have it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundLine {
    pub kind: LineKind,
    pub source: SourceId,
    pub points: Vec<LonLat>,
}

/// An area near a place.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundArea {
    pub kind: AreaKind,
    pub source: SourceId,
    /// Its outline; the last point is the first one again.
    pub ring: Vec<LonLat>,
}

/// A point near a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundMark {
    pub kind: MarkKind,
    pub source: SourceId,
    pub point: LonLat,
    /// The number of an entrance or exit; may be empty.
    pub reference: String,
    /// Its own name; may be empty.
    pub name: String,
}

/// What lies on the ground in and around a box.
#[derive(Debug, Clone, Default)]
pub struct NearGround {
    pub lines: Vec<GroundLine>,
    pub areas: Vec<GroundArea>,
    pub marks: Vec<GroundMark>,
}

impl Snapshot {
    /// What lies on the ground in a box and somewhat around it, as the snapshot's tiles have it. A box of more than
    /// some kilometres is cut at its north and east.
    pub fn ground(&self, bbox: &Bbox) -> NearGround {
        self.ground_tiles().near(bbox)
    }

    /// Shores, rivers, canals and streams in a box and somewhat around it.
    pub fn waters(&self, bbox: &Bbox) -> Vec<Vec<LonLat>> {
        self.ground_tiles().waters(bbox)
    }
}

impl GroundTiles {
    pub(super) fn open(folder: &Path) -> Result<GroundTiles, OpenError> {
        Ok(GroundTiles {
            tiles: Table::open(&folder.join(files::GROUND_TILES))?,
            bytes: Table::open(&folder.join(files::GROUND))?,
        })
    }

    pub(super) fn near(&self, bbox: &Bbox) -> NearGround {
        let mut near = NearGround::default();
        let wide = Bbox {
            west: bbox.west - AREA_REACH,
            south: bbox.south - AREA_REACH,
            east: bbox.east + AREA_REACH,
            north: bbox.north + AREA_REACH,
        };
        for tile in tiles_of(&wide).take(MAX_TILES) {
            if let Some(bytes) = self.tile(tile) {
                // A tile that does not read to its end was checked against its sum: what has been read counts.
                let _read: Option<()> = Unpacker::new(bytes, tile).tile(&mut near);
            }
        }
        near
    }

    fn waters(&self, bbox: &Bbox) -> Vec<Vec<LonLat>> {
        let mut waters = Vec::new();
        for tile in tiles_of(bbox).take(MAX_TILES) {
            if let Some(bytes) = self.tile(tile) {
                let _read: Option<()> = Unpacker::new(bytes, tile).waters(&mut waters);
            }
        }
        waters
    }

    fn tile(&self, tile: u32) -> Option<&[u8]> {
        let at = self.tiles.binary_search_by_key(&tile, |t| t.tile).ok()?;
        let (this, next) = (self.tiles.get(at)?, self.tiles.get(at + 1)?);
        self.bytes.get(this.first as usize..next.first as usize)
    }
}

/// Tiles that a box touches, row by row; over the date line where it reaches beyond.
pub(super) fn tiles_of(bbox: &Bbox) -> impl Iterator<Item = u32> {
    let (west, east) = (column(bbox.west), column(bbox.east));
    let (south, north) = (row(bbox.south), row(bbox.north));
    (south..=north).flat_map(move |row| {
        (west..=east).map(move |column| {
            let column = column.rem_euclid(i64::from(COLUMNS));
            row * COLUMNS + u32::try_from(column).unwrap_or_default()
        })
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a few degrees around the world fit"
)]
fn column(lon: f64) -> i64 {
    ((lon + 180.0) * TILES_PER_DEGREE).floor() as i64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the world"
)]
fn row(lat: f64) -> u32 {
    ((lat.clamp(-90.0, 90.0) + 90.0) * TILES_PER_DEGREE).floor() as u32
}

/// The box of a tile.
pub(super) fn box_of(tile: u32) -> Bbox {
    let (row, column) = (f64::from(tile / COLUMNS), f64::from(tile % COLUMNS));
    Bbox {
        west: column / TILES_PER_DEGREE - 180.0,
        south: row / TILES_PER_DEGREE - 90.0,
        east: (column + 1.0) / TILES_PER_DEGREE - 180.0,
        north: (row + 1.0) / TILES_PER_DEGREE - 90.0,
    }
}

/// The south-west corner of a tile in units.
fn corner_of(tile: u32) -> (i32, i32) {
    let bbox = box_of(tile);
    units(LonLat::clamped(bbox.west, bbox.south))
}

fn units(point: LonLat) -> (i32, i32) {
    let (lon, lat) = point.e7();
    let round = |v: i32| (v + (UNIT_E7 / 2) * v.signum()) / UNIT_E7;
    (round(lon), round(lat))
}

/// Packs what a tile has.
pub(super) struct Packer {
    bytes: Vec<u8>,
    corner: (i32, i32),
    /// The object before.
    object: i64,
}

impl Packer {
    pub(super) fn new(tile: u32) -> Packer {
        Packer {
            bytes: Vec::new(),
            corner: corner_of(tile),
            object: 0,
        }
    }

    pub(super) fn count(&mut self, n: usize) {
        self.number(n as u64);
    }

    /// An area: the first point of its ring is not said again.
    pub(super) fn area(&mut self, code: u32, source: SourceId, ring: &[LonLat]) {
        let open = ring.split_last().map_or(ring, |(_, open)| open);
        self.shape(code, source, open);
    }

    /// A line: its code, its object and its points.
    pub(super) fn shape(&mut self, code: u32, source: SourceId, points: &[LonLat]) {
        self.number(u64::from(code));
        self.source(source);
        self.count(points.len());
        let mut last = self.corner;
        for point in points {
            last = self.point(*point, last);
        }
    }

    /// A mark with its texts.
    pub(super) fn mark(&mut self, mark: (u32, SourceId, LonLat), texts: [&str; 2]) {
        let (code, source, point) = mark;
        self.number(u64::from(code));
        self.source(source);
        self.point(point, self.corner);
        for text in texts {
            self.count(text.len());
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn source(&mut self, source: SourceId) {
        let (kind, id) = source.osm_object().unwrap_or((OsmKind::Node, 0));
        let kind = match kind {
            OsmKind::Node => 0,
            OsmKind::Way => 1,
            OsmKind::Relation => 2,
        };
        let object = (id.unsigned_abs() << 2 | kind).cast_signed();
        self.signed(object.wrapping_sub(self.object));
        self.object = object;
    }

    fn point(&mut self, point: LonLat, last: (i32, i32)) -> (i32, i32) {
        let at = units(point);
        self.signed(i64::from(at.0) - i64::from(last.0));
        self.signed(i64::from(at.1) - i64::from(last.1));
        at
    }

    fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut rest: u64) {
        loop {
            let bits = u8::try_from(rest & 0x7f).unwrap_or_default();
            rest >>= 7;
            self.bytes.push(if rest == 0 { bits } else { bits | 0x80 });
            if rest == 0 {
                return;
            }
        }
    }
}

/// Unpacks a tile.
struct Unpacker<'a> {
    bytes: &'a [u8],
    corner: (i32, i32),
    /// The object before.
    object: i64,
}

impl<'a> Unpacker<'a> {
    fn new(bytes: &'a [u8], tile: u32) -> Unpacker<'a> {
        Unpacker {
            bytes,
            corner: corner_of(tile),
            object: 0,
        }
    }

    fn tile(mut self, near: &mut NearGround) -> Option<()> {
        for _ in 0..self.number()? {
            let (code, source, points) = self.shape()?;
            near.lines.push(GroundLine {
                kind: LineKind::from_code(code)?,
                source,
                points,
            });
        }
        for _ in 0..self.number()? {
            let (code, source, mut ring) = self.shape()?;
            ring.extend(ring.first().copied());
            near.areas.push(GroundArea {
                kind: AreaKind::from_code(code)?,
                source,
                ring,
            });
        }
        for _ in 0..self.number()? {
            let kind = MarkKind::from_code(u32::try_from(self.number()?).ok()?)?;
            let source = self.source()?;
            let (point, _) = self.point(self.corner)?;
            near.marks.push(GroundMark {
                kind,
                source,
                point,
                reference: self.text()?,
                name: self.text()?,
            });
        }
        Some(())
    }

    /// Lines of water are the first of a tile.
    fn waters(mut self, waters: &mut Vec<Vec<LonLat>>) -> Option<()> {
        for _ in 0..self.number()? {
            let (code, _, points) = self.shape()?;
            if LineKind::from_code(code) != Some(LineKind::Water) {
                break;
            }
            waters.push(points);
        }
        Some(())
    }

    fn shape(&mut self) -> Option<(u32, SourceId, Vec<LonLat>)> {
        let code = u32::try_from(self.number()?).ok()?;
        let source = self.source()?;
        let count = usize::try_from(self.number()?).ok()?;
        // Every point has two bytes at least.
        let mut points = Vec::with_capacity(count.min(self.bytes.len() / 2));
        let mut last = self.corner;
        for _ in 0..count {
            let (point, at) = self.point(last)?;
            last = at;
            points.push(point);
        }
        Some((code, source, points))
    }

    fn source(&mut self) -> Option<SourceId> {
        self.object = self.object.wrapping_add(self.signed()?);
        let packed = self.object.cast_unsigned();
        let kind = match packed & 3 {
            0 => OsmKind::Node,
            1 => OsmKind::Way,
            _ => OsmKind::Relation,
        };
        Some(SourceId::osm(kind, (packed >> 2).cast_signed()))
    }

    fn point(&mut self, last: (i32, i32)) -> Option<(LonLat, (i32, i32))> {
        let east = i32::try_from(self.signed()?).ok()?;
        let north = i32::try_from(self.signed()?).ok()?;
        let at = (last.0.checked_add(east)?, last.1.checked_add(north)?);
        let (lon, lat) = (at.0.checked_mul(UNIT_E7)?, at.1.checked_mul(UNIT_E7)?);
        Some((LonLat::from_e7(lon, lat)?, at))
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
