//! Places → what points are looked up by: stretches of houses and lines, POIs by position, outlines of houses.

use super::WriteError;
use crate::outlines::Outlines;
use crate::snapshot::{
    BoxTree, CategoryRecord, Corner, HouseRecord, LINE_BREAK, OutlineRecord, PlaceRecord,
    StretchRecord, TextId, TextsWriter, files, position_code, write_table,
};
use crate::{Bbox, Layer, LonLat, SourceId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::io;
use std::ops::Range;
use std::path::Path;

/// Houses of one stretch, at most. Fewer make the tree larger, more make a look-up slower.
const HOUSES: usize = 64;
/// Points of lines of one stretch, at most.
const POINTS: usize = 32;

/// The finished tables that say where things are.
pub(super) struct Located<'a> {
    /// With the sentinel.
    pub(super) places: &'a [PlaceRecord],
    pub(super) texts: &'a TextsWriter,
    pub(super) houses: &'a [HouseRecord],
    pub(super) lines: &'a [LonLat],
    /// Rows of each house, by its source.
    pub(super) rows: &'a FxHashMap<SourceId, Vec<u32>>,
    /// Rings by the number of their area.
    pub(super) shapes: &'a [(u32, Vec<LonLat>)],
    pub(super) outlines: &'a Outlines,
}

/// Writes the spatial files.
pub(super) fn write(located: &Located<'_>, folder: &Path) -> Result<(), WriteError> {
    let written = |name: &str, result: io::Result<()>| {
        result.map_err(|source| WriteError::Io {
            path: folder.join(name),
            source,
        })
    };
    let at = |name: &str| folder.join(name);
    let table = Outlined::new(located);
    let (stretches, boxes) = stretches(located, &table);
    let places = located.places;
    let pois = ordered(places, |p| is_layer(p, &[Layer::Poi, Layer::Station]));
    let (by_category, categories) = by_category(located, &pois);
    let bounded: FxHashSet<u32> = located.shapes.iter().map(|(doc, _)| *doc).collect();
    let settled = [Layer::City, Layer::Locality, Layer::District];
    let mut point_areas = ordered(places, |p| is_layer(p, &settled));
    point_areas.retain(|doc| !bounded.contains(doc));
    written(
        files::STRETCHES,
        write_table(&at(files::STRETCHES), &stretches),
    )?;
    written(
        files::STRETCH_TREE,
        BoxTree::write(&at(files::STRETCH_TREE), &boxes),
    )?;
    written(
        files::OUTLINES,
        write_table(&at(files::OUTLINES), &table.records),
    )?;
    written(
        files::CORNERS,
        write_table(&at(files::CORNERS), &table.corners),
    )?;
    written(files::POIS, write_table(&at(files::POIS), &pois))?;
    written(
        files::POI_CATEGORIES,
        write_table(&at(files::POI_CATEGORIES), &categories),
    )?;
    written(
        files::POINT_AREAS,
        write_table(&at(files::POINT_AREAS), &point_areas),
    )?;
    written(
        files::POIS_BY_CATEGORY,
        write_table(&at(files::POIS_BY_CATEGORY), &by_category),
    )
}

/// Outlines by the rows of their houses.
struct Outlined<'a> {
    /// With the sentinel.
    records: Vec<OutlineRecord>,
    corners: Vec<Corner>,
    /// The rings of each record.
    rings: Vec<&'a [LonLat]>,
}

impl<'a> Outlined<'a> {
    fn new(located: &Located<'a>) -> Outlined<'a> {
        let own_row = |source: SourceId| {
            let rows = located.rows.get(&source)?;
            let mut rows = rows.iter().copied();
            rows.find(|row| !located.houses[*row as usize].is_corner())
        };
        let mut of_houses: Vec<(u32, usize)> = (0..located.outlines.len())
            .filter_map(|n| Some((own_row(located.outlines.get(n).0)?, n)))
            .collect();
        // Two outlines of one house keep their order, whichever came first.
        let rings = |n: usize| located.outlines.get(n).2;
        of_houses.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rings(a.1).cmp(rings(b.1))));
        let mut table = Outlined {
            records: Vec::with_capacity(of_houses.len() + 1),
            corners: Vec::new(),
            rings: Vec::with_capacity(of_houses.len()),
        };
        for (house, n) in of_houses {
            let rings = rings(n);
            if let Some(packed) = pack(rings, located.houses[house as usize].point) {
                table.begin(house);
                table.corners.extend(packed);
                table.rings.push(rings);
            }
        }
        table.begin(u32::MAX);
        table
    }

    fn begin(&mut self, house: u32) {
        self.records.push(OutlineRecord {
            house,
            first_corner: row(self.corners.len()),
        });
    }

    /// Points of the outlines of some houses.
    fn of(&self, houses: &Range<usize>) -> impl Iterator<Item = &'a LonLat> {
        let at = |row: usize| self.records.partition_point(|o| (o.house as usize) < row);
        self.rings[at(houses.start)..at(houses.end)]
            .iter()
            .copied()
            .flatten()
    }
}

/// The corners of rings as seen from their house; `None` when they are too far away.
fn pack(rings: &[LonLat], house: LonLat) -> Option<Vec<Corner>> {
    let mut packed = Vec::with_capacity(rings.len());
    for ring in rings.split(|p| *p == LINE_BREAK) {
        // The last point of a ring is its first.
        let Some((_, ring)) = ring.split_last() else {
            continue;
        };
        if !packed.is_empty() {
            packed.push(Corner::BREAK);
        }
        for point in ring {
            packed.push(Corner::new(house, *point)?);
        }
    }
    Some(packed)
}

/// Stretches of all places that have houses or lines, with the sentinel, and the box of each.
fn stretches(located: &Located<'_>, outlined: &Outlined<'_>) -> (Vec<StretchRecord>, Vec<Bbox>) {
    let (mut stretches, mut boxes) = (Vec::new(), Vec::new());
    let mut add = |doc: u32, houses: Range<usize>, points: Range<usize>| {
        let lines = &located.lines[points.start..line_end(located.lines, &points)];
        let standing = located.houses[houses.clone()].iter().map(|h| h.point);
        let drawn = lines.iter().chain(outlined.of(&houses)).copied();
        let all = standing.chain(drawn).filter(|p| *p != LINE_BREAK);
        // What has no point is found nowhere.
        let Some(bbox) = Bbox::around(all) else {
            return;
        };
        stretches.push(StretchRecord {
            doc,
            first_house: row(houses.start),
            first_point: row(points.start),
        });
        boxes.push(bbox);
    };
    for (doc, pair) in (0..).zip(located.places.windows(2)) {
        let houses = pair[0].first_house as usize..pair[1].first_house as usize;
        let points = pair[0].first_point as usize..pair[1].first_point as usize;
        if houses.len() <= HOUSES && points.len() <= POINTS {
            add(doc, houses, points);
            continue;
        }
        for part in parts(&houses, HOUSES) {
            add(doc, part, points.start..points.start);
        }
        for part in parts(&points, POINTS) {
            add(doc, houses.end..houses.end, part);
        }
    }
    stretches.push(StretchRecord {
        doc: u32::MAX,
        first_house: row(located.houses.len()),
        first_point: row(located.lines.len()),
    });
    (stretches, boxes)
}

/// A range in parts of at most `size`.
fn parts(range: &Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    let starts = range.clone().step_by(size);
    starts.map(move |from| from..(from + size).min(end))
}

/// Where the points of a stretch end that are looked at with it: the segment to the next stretch of a line is its own.
fn line_end(lines: &[LonLat], points: &Range<usize>) -> usize {
    let goes_on = !points.is_empty() && lines[points.end - 1] != LINE_BREAK;
    (points.end + usize::from(goes_on)).min(lines.len())
}

/// POIs by category, and where each category begins.
fn by_category(located: &Located<'_>, pois: &[u32]) -> (Vec<u32>, Vec<CategoryRecord>) {
    let of = |doc: &u32| located.places[*doc as usize].category;
    let texts: FxHashMap<TextId, &str> = pois
        .iter()
        .map(|doc| (of(doc), located.texts.get(of(doc))))
        .collect();
    let mut sorted = pois.to_vec();
    // The sort is stable: within a category they stay where they are.
    sorted.sort_by_key(|doc| texts[&of(doc)]);
    let mut categories: Vec<CategoryRecord> = Vec::new();
    for (n, doc) in sorted.iter().enumerate() {
        if categories.last().is_none_or(|c| c.category != of(doc)) {
            categories.push(CategoryRecord {
                category: of(doc),
                first_poi: row(n),
            });
        }
    }
    categories.push(CategoryRecord {
        category: TextId::EMPTY,
        first_poi: row(sorted.len()),
    });
    (sorted, categories)
}

fn is_layer(place: &PlaceRecord, layers: &[Layer]) -> bool {
    layers.iter().any(|layer| *layer as u8 == place.layer)
}

/// Numbers of some places in the order of where they are.
fn ordered(places: &[PlaceRecord], wanted: impl Fn(&PlaceRecord) -> bool) -> Vec<u32> {
    let known = places.split_last().map_or(&[][..], |(_, places)| places);
    let mut docs: Vec<u32> = (0..)
        .zip(known)
        .filter(|(_, place)| wanted(place))
        .map(|(doc, _)| doc)
        .collect();
    docs.sort_by_cached_key(|doc| (position_code(places[*doc as usize].point), *doc));
    docs
}

fn row(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 4 G records")
}
