//! What is around a point: houses, streets and POIs by distance, and the building that the point is in.
//!
//! Houses of a street lie together in `houses.bin` and along the street's lines, so both are looked up by stretches: a
//! packed R-tree over the boxes of some dozens of houses and points each, three bytes a house. POIs are rows in the order
//! of where they are, once for all and once by category. Outlines are kept of those buildings only in which a point may
//! be nearer to another house; a stretch's box holds them too.

use super::error::OpenError;
use super::files;
use super::houses::HouseRecord;
use super::order::{in_box, position_code};
use super::outline::{Corner, holds};
use super::reader::{DocId, LINE_BREAK, Snapshot};
use super::records::{CategoryRecord, OutlineRecord, StretchRecord};
use super::table::Table;
use super::tree::BoxTree;
use crate::admin::{MAX_COLLECTING_M, SETTLEMENT_STRETCH, reach_m};
use crate::coord::{Bbox, LonLat, nearest_on_line};
use crate::place::Layer;
use std::cmp::Reverse;
use std::ops::Range;
use std::path::Path;

/// The spatial tables of a snapshot.
pub(super) struct Spatial {
    stretches: Table<StretchRecord>,
    tree: BoxTree,
    outlines: Table<OutlineRecord>,
    corners: Table<Corner>,
    /// POIs and stations in the order of [`super::position_code`].
    pois: Table<u32>,
    /// The same by category, then in that order.
    by_category: Table<u32>,
    /// Where each category begins there, by its text.
    categories: Table<CategoryRecord>,
    /// Settlements and districts without boundary, in the order of the points.
    point_areas: Table<u32>,
}

impl Spatial {
    pub(super) fn open(folder: &Path) -> Result<Spatial, OpenError> {
        let at = |name: &str| folder.join(name);
        let stretches: Table<StretchRecord> = Table::open(&at(files::STRETCHES))?;
        Ok(Spatial {
            tree: BoxTree::open(&at(files::STRETCH_TREE), stretches.len().saturating_sub(1))?,
            stretches,
            outlines: Table::open(&at(files::OUTLINES))?,
            corners: Table::open(&at(files::CORNERS))?,
            pois: Table::open(&at(files::POIS))?,
            by_category: Table::open(&at(files::POIS_BY_CATEGORY))?,
            categories: Table::open(&at(files::POI_CATEGORIES))?,
            point_areas: Table::open(&at(files::POINT_AREAS))?,
        })
    }

    /// Stretches whose boxes touch any of some boxes around a point, each once.
    fn stretches(&self, boxes: &[Bbox], point: LonLat) -> impl Iterator<Item = Stretch> {
        let mut here = self.tree.search(&Bbox::at(point));
        here.sort_unstable();
        let mut rows: Vec<u32> = boxes.iter().flat_map(|b| self.tree.search(b)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().filter_map(move |row| {
            let (this, next) = (
                self.stretches.get(row as usize)?,
                self.stretches.get(row as usize + 1)?,
            );
            Some(Stretch {
                doc: this.doc,
                houses: this.first_house as usize..next.first_house as usize,
                points: this.first_point as usize..next.first_point as usize,
                may_hold: here.binary_search(&row).is_ok(),
            })
        })
    }

    /// Corners of the outline of the house in a row of the table of all houses.
    fn corners_of(&self, row: usize) -> Option<&[Corner]> {
        let row = u32::try_from(row).ok()?;
        let at = self.outlines.binary_search_by_key(&row, |o| o.house).ok()?;
        let next = self.outlines.get(at + 1)?;
        self.corners
            .get(self.outlines[at].first_corner as usize..next.first_corner as usize)
    }

    /// Outlines of houses of a stretch that hold the point; `houses` are all of the snapshot.
    fn around<'a>(
        &'a self,
        stretch: &Stretch,
        houses: &[HouseRecord],
        point: LonLat,
    ) -> Vec<Outline<'a>> {
        let Range { start, end } = stretch.houses;
        if !stretch.may_hold {
            return Vec::new();
        }
        let from = self
            .outlines
            .partition_point(|o| (o.house as usize) < start);
        let of_stretch = self.outlines[from..]
            .windows(2)
            .take_while(|pair| (pair[0].house as usize) < end);
        of_stretch
            .filter_map(|pair| {
                let corners = pair[0].first_corner as usize..pair[1].first_corner as usize;
                let house = pair[0].house as usize;
                Some(Outline {
                    house,
                    point: houses.get(house)?.point,
                    corners: self.corners.get(corners)?,
                })
            })
            .filter(|outline| outline.holds(point))
            .collect()
    }
}

/// The outline of a house.
struct Outline<'a> {
    /// Row in the table of all houses.
    house: usize,
    /// The house's own point.
    point: LonLat,
    corners: &'a [Corner],
}

impl Outline<'_> {
    fn holds(&self, point: LonLat) -> bool {
        holds(self.corners, self.point, point)
    }
}

/// Some houses and points of lines of one place, by their rows.
struct Stretch {
    doc: DocId,
    houses: Range<usize>,
    points: Range<usize>,
    /// Whether the point is in its box, and so may be in one of its buildings.
    may_hold: bool,
}

/// A house near a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearHouse {
    /// The street or settlement it belongs to.
    pub doc: DocId,
    /// Its row among the houses of that place.
    pub row: usize,
    pub distance_m: f64,
    /// Whether the point is known to be in its building: in its outline, or with its point in one outline.
    pub contains: bool,
}

/// A street near a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearStreet {
    pub doc: DocId,
    /// The point of the street that is nearest.
    pub point: LonLat,
    pub distance_m: f64,
}

/// A POI or station near a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearPoi {
    pub doc: DocId,
    pub distance_m: f64,
}

/// Addresses around a point.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// The one in whose building the point is, then by distance; of equals that of the more important street.
    pub houses: Vec<NearHouse>,
    /// By distance.
    pub streets: Vec<NearStreet>,
}

impl Snapshot {
    /// The rings of the building of the `n`-th house of a place, where they are kept.
    pub fn outline(&self, doc: DocId, n: usize) -> Option<Vec<Vec<LonLat>>> {
        let house = self.houses(doc).get(n)?;
        let row = self.place(doc).first_house as usize + n;
        let corners = self.spatial().corners_of(row)?;
        let rings = corners.split(|c| *c == Corner::BREAK);
        let points = |ring: &[Corner]| -> Vec<LonLat> {
            ring.iter().filter_map(|c| c.point(house.point)).collect()
        };
        let rings = rings.filter(|ring| !ring.is_empty());
        Some(rings.map(points).collect())
    }

    /// Houses and streets within a distance of a point. A house in whose building the point is counts however far its
    /// own point is. Lines that cross the date line are not followed across it.
    pub fn surroundings(&self, point: LonLat, radius_m: f64) -> Surroundings {
        let boxes: Vec<Bbox> = Bbox::within(point, radius_m).collect();
        let stretches: Vec<Stretch> = self.spatial().stretches(&boxes, point).collect();
        let around: Vec<Outline<'_>> = stretches
            .iter()
            .flat_map(|s| self.spatial().around(s, self.all_houses(), point))
            .collect();
        let mut found = Surroundings::default();
        for stretch in &stretches {
            for row in stretch.houses.clone() {
                let house = &self.all_houses()[row];
                let in_box = boxes.iter().any(|b| b.contains(house.point));
                if house.is_corner() || !in_box && around.iter().all(|o| o.house != row) {
                    continue;
                }
                let contains = around
                    .iter()
                    .any(|o| o.house == row || o.holds(house.point));
                let distance_m = point.distance_m(house.point);
                if contains || distance_m <= radius_m {
                    found.houses.push(NearHouse {
                        doc: stretch.doc,
                        row: row - self.place(stretch.doc).first_house as usize,
                        distance_m,
                        contains,
                    });
                }
            }
            let lines = self.stretch_lines(&stretch.points);
            let nearest = lines.filter_map(|line| nearest_on_line(line, point));
            let near = nearest.filter(|(_, distance_m)| *distance_m <= radius_m);
            found
                .streets
                .extend(near.map(|(point, distance_m)| NearStreet {
                    doc: stretch.doc,
                    point,
                    distance_m,
                }));
        }
        self.settle(&mut found);
        found
    }

    /// Sorts what was found; a house that is found under several numbers counts once, and so does a street.
    fn settle(&self, found: &mut Surroundings) {
        let house = |near: &NearHouse| {
            let house = self.houses(near.doc).get(near.row);
            house.map(|h| (h.source, h.number))
        };
        found
            .houses
            .sort_unstable_by_key(|n| (n.doc, house(n), n.row));
        found.houses.dedup_by(|b, a| {
            let same = a.doc == b.doc && house(a) == house(b);
            a.contains |= same && b.contains;
            same
        });
        found.houses.sort_unstable_by(|a, b| {
            b.contains
                .cmp(&a.contains)
                .then(a.distance_m.total_cmp(&b.distance_m))
                .then((a.doc, a.row).cmp(&(b.doc, b.row)))
        });
        found.streets.sort_unstable_by(|a, b| {
            a.doc
                .cmp(&b.doc)
                .then(a.distance_m.total_cmp(&b.distance_m))
        });
        found.streets.dedup_by_key(|s| s.doc);
        found
            .streets
            .sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
    }

    /// The lines of a stretch, the segment to the next stretch of the same line included.
    fn stretch_lines(&self, points: &Range<usize>) -> impl Iterator<Item = &[LonLat]> {
        let all = self.all_line_points();
        let goes_on = !points.is_empty() && all.get(points.end - 1) != Some(&LINE_BREAK);
        let end = (points.end + usize::from(goes_on)).min(all.len());
        all[points.start..end]
            .split(|p| *p == LINE_BREAK)
            .filter(|line| !line.is_empty())
    }

    /// All POIs and stations, for [`Snapshot::pois_near`].
    pub fn pois(&self) -> &[DocId] {
        &self.spatial().pois
    }

    /// POIs and stations of a category `key=value`, or of all categories of a key, for [`Snapshot::pois_near`].
    pub fn pois_of(&self, category: &str) -> Vec<&[DocId]> {
        let categories = &self.spatial().categories[..];
        let text = |c: &CategoryRecord| self.text(c.category);
        let within = |c: &CategoryRecord| match text(c).strip_prefix(category) {
            Some("") => true,
            Some(rest) => rest.starts_with('=') && !category.contains('='),
            None => false,
        };
        // The sentinel at the end has no text.
        let known = &categories[..categories.len().saturating_sub(1)];
        let first = known.partition_point(|c| text(c) < category);
        categories[first..]
            .windows(2)
            .take_while(|pair| text(&pair[0]).starts_with(category))
            .filter(|pair| within(&pair[0]))
            .filter_map(|pair| {
                let rows = pair[0].first_poi as usize..pair[1].first_poi as usize;
                self.spatial().by_category.get(rows)
            })
            .collect()
    }

    /// Those of some lists of POIs that lie within a distance of a point, by distance; of equals the more important.
    pub fn pois_near(&self, lists: &[&[DocId]], point: LonLat, radius_m: f64) -> Vec<NearPoi> {
        let at = |doc: DocId| self.place(doc).point;
        let code = |doc: DocId| position_code(at(doc));
        let mut found = Vec::new();
        for bbox in Bbox::within(point, radius_m) {
            for rows in lists {
                let rows = in_box(rows, &bbox, code).filter(|doc| bbox.contains(at(*doc)));
                let near = rows.map(|doc| NearPoi {
                    doc,
                    distance_m: point.distance_m(at(doc)),
                });
                found.extend(near.filter(|n| n.distance_m <= radius_m));
            }
        }
        found.sort_unstable_by(|a, b| {
            a.distance_m
                .total_cmp(&b.distance_m)
                .then(a.doc.cmp(&b.doc))
        });
        found.dedup();
        found
    }

    /// Areas that a point lies in, the smallest first: by their boundaries and, where no settlement or no district has
    /// one, the one whose point is near enough. The same rule gives places their areas when a snapshot is built.
    pub fn areas_of(&self, point: LonLat) -> Vec<DocId> {
        let mut areas = self.shapes().containing(point);
        for settlement in [true, false] {
            let of_kind = |doc: &DocId| match self.layer(*doc) {
                Layer::District => !settlement,
                layer => settlement && layer.is_settlement(),
            };
            if !areas.iter().any(of_kind) {
                areas.extend(self.point_area(point, of_kind));
            }
        }
        // Layers are numbered from the country down.
        let rank = |doc: &DocId| {
            let layer = self.layer(*doc);
            let settlement = layer.is_settlement();
            let layer = if settlement { Layer::City } else { layer };
            (Reverse(layer as u8), self.place(*doc).radius_m, *doc)
        };
        areas.sort_by_key(rank);
        areas
    }

    /// The settlement or district without boundary that a point belongs to.
    fn point_area(&self, point: LonLat, of_kind: impl Fn(&DocId) -> bool) -> Option<DocId> {
        let at = |doc: DocId| self.place(doc).point;
        let code = |doc: DocId| position_code(at(doc));
        let stretch = |doc: DocId| {
            let reach = reach_m(self.attribute(doc, "place").unwrap_or_default());
            let far = if self.layer(doc) == Layer::District {
                1.0
            } else {
                SETTLEMENT_STRETCH
            };
            let stretch = point.distance_m(at(doc)) / reach;
            (stretch <= far).then_some((stretch, doc))
        };
        Bbox::within(point, MAX_COLLECTING_M)
            .flat_map(|bbox| in_box(&self.spatial().point_areas, &bbox, code).collect::<Vec<_>>())
            .filter(of_kind)
            .filter_map(stretch)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, doc)| doc)
    }
}
