//! Located features → houses, streets, places, areas, doors: each object goes where it belongs, or is counted.

use super::feature::{Feature, OwnedAddress};
use super::harvest::{Harvest, Relation, Way};
use super::nodes::NodeStore;
use super::raw::{
    Atoms, Geometry, Interpolation, RawAddress, RawArea, RawEntrance, RawHouse, RawPlace,
    RawStreet, StreetClass, StreetMembers,
};
use super::rings::assemble_rings;
use crate::report::RejectReason;
use geo::{InteriorPoint, LineString, Polygon};
use geodata::{Bbox, LonLat, OsmKind, SourceId};
use rustc_hash::FxHashMap;

/// Puts located features where they belong.
pub(super) struct Sorter<'a> {
    pub(super) harvest: &'a mut Harvest,
    /// Entrance nodes → their row, to find the building on whose outline they lie.
    pub(super) doors: FxHashMap<i64, usize>,
}

impl Sorter<'_> {
    fn reject(&mut self, reason: RejectReason, source: SourceId) {
        self.harvest.rejects.add(reason, &source.to_string());
    }

    pub(super) fn node(&mut self, id: i64, point: Option<LonLat>, feature: Feature) {
        let source = SourceId::osm(OsmKind::Node, id);
        let Some(point) = point else {
            return self.reject(RejectReason::OutsideWorld, source);
        };
        if point == LonLat::clamped(0.0, 0.0) {
            return self.reject(RejectReason::NullIsland, source);
        }
        if let Some(kind) = &feature.entrance {
            let atoms = &mut self.harvest.atoms;
            let entrance = RawEntrance {
                source,
                point,
                kind: atoms.intern(kind),
                reference: atoms.intern(feature.reference.as_deref().unwrap_or_default()),
                flats: atoms.intern(feature.flats.as_deref().unwrap_or_default()),
                building: SourceId::NONE,
                address: feature
                    .address
                    .as_ref()
                    .map(|a| intern(atoms, a))
                    .unwrap_or_default(),
                names: feature.names.clone(),
            };
            self.doors.insert(id, self.harvest.entrances.len());
            self.harvest.entrances.push(entrance);
            if feature.category.is_none() {
                return;
            }
        }
        self.feature(
            source,
            feature,
            Geometry {
                point: Some(point),
                radius_m: 0,
                rings: Vec::new(),
            },
        );
    }

    pub(super) fn way(&mut self, way: Way, nodes: &NodeStore) {
        let Some(feature) = way.feature else { return };
        let source = SourceId::osm(OsmKind::Way, way.id);
        let line = nodes.line(&way.refs);
        if line.len() < 2 {
            return self.reject(RejectReason::MissingNodes, source);
        }
        if line.len() < way.refs.len() {
            self.reject(RejectReason::SomeNodesMissing, source);
        }
        if let Some(parity) = feature.interpolation {
            let with_point =
                |id: &i64| Some((SourceId::osm(OsmKind::Node, *id), nodes.point(*id)?));
            let line = way.refs.iter().filter_map(with_point).collect();
            return self.harvest.interpolations.push(Interpolation {
                source,
                parity,
                line,
            });
        }
        let closed = way.refs.first() == way.refs.last() && line.len() >= 4;
        if let Some(class) = feature.street {
            let wikidata = self
                .harvest
                .atoms
                .intern(feature.wikidata.as_deref().unwrap_or_default());
            let class = if closed && feature.area {
                StreetClass::Square
            } else {
                class
            };
            let street = RawStreet {
                source,
                names: feature.names,
                class,
                line,
                nodes: way.refs,
                wikidata,
            };
            return self.harvest.streets.push(street);
        }
        if feature.address.is_some() {
            for node in &way.refs {
                if let Some(door) = self.doors.get(node) {
                    self.harvest.entrances[*door].building = source;
                }
            }
        }
        let rings = if closed {
            vec![line.clone()]
        } else {
            Vec::new()
        };
        let geometry = Geometry {
            point: centre(&line, closed),
            radius_m: radius_m(&line),
            rings,
        };
        self.feature(source, *feature, geometry);
    }

    pub(super) fn relation(
        &mut self,
        relation: Relation,
        outlines: &FxHashMap<i64, Vec<i64>>,
        nodes: &NodeStore,
    ) {
        let source = SourceId::osm(OsmKind::Relation, relation.id);
        if matches!(relation.kind.as_str(), "associatedStreet" | "street") {
            return self.street_members(relation);
        }
        let ways: Vec<&[i64]> = relation
            .members
            .iter()
            .filter(|m| {
                m.0 == OsmKind::Way
                    && !matches!(m.2.as_str(), "label" | "admin_centre" | "subarea" | "part")
            })
            .filter_map(|m| outlines.get(&m.1).map(Vec::as_slice))
            .collect();
        let rings = match assemble_rings(&ways) {
            Ok((rings, left_over)) => {
                if left_over {
                    self.reject(RejectReason::SomeRingsOpen, source);
                }
                rings
                    .iter()
                    .map(|r| nodes.line(r))
                    .filter(|r| r.len() >= 4)
                    .collect()
            }
            Err(_) => {
                self.reject(RejectReason::NoRing, source);
                Vec::new()
            }
        };
        let largest = rings.iter().max_by_key(|r| radius_m(r)).cloned();
        let any_line = || ways.iter().map(|w| nodes.line(w)).find(|l| !l.is_empty());
        let Some(line) = largest.or_else(any_line) else {
            return;
        };
        let geometry = Geometry {
            point: centre(&line, true),
            radius_m: radius_m(&line),
            rings,
        };
        let members = relation.members.iter();
        let standing: Vec<SourceId> = members
            .filter(|m| m.0 == OsmKind::Node && matches!(m.2.as_str(), "admin_centre" | "label"))
            .map(|m| SourceId::osm(OsmKind::Node, m.1))
            .collect();
        let rows = self.harvest.areas.len();
        for m in relation
            .members
            .iter()
            .filter(|m| m.0 == OsmKind::Way && relation.feature.address.is_some())
        {
            self.claim_doors(
                source,
                outlines.get(&m.1).map(Vec::as_slice).unwrap_or_default(),
            );
        }
        self.feature(source, relation.feature, geometry);
        if let Some(area) = self.harvest.areas.get_mut(rows) {
            area.nodes = standing;
        }
    }

    fn claim_doors(&mut self, building: SourceId, nodes: &[i64]) {
        for node in nodes {
            if let Some(door) = self.doors.get(node) {
                self.harvest.entrances[*door].building = building;
            }
        }
    }

    fn street_members(&mut self, relation: Relation) {
        let of = |roles: &[&str]| {
            let members = relation
                .members
                .iter()
                .filter(|m| roles.contains(&m.2.as_str()));
            members.map(|m| SourceId::osm(m.0, m.1)).collect()
        };
        let name = relation
            .feature
            .names
            .first()
            .map_or("", |n| n.text.as_str());
        let (houses, streets) = (of(&["house", "address", "addr:houselink"]), of(&["street"]));
        let name = self.harvest.atoms.intern(name);
        self.harvest.street_members.push(StreetMembers {
            name,
            houses,
            streets,
        });
    }

    /// Any located feature that is not a street: a house, a place, an area, or several of these.
    fn feature(&mut self, source: SourceId, feature: Feature, geometry: Geometry) {
        let Some(point) = geometry.point else {
            return self.reject(RejectReason::MissingNodes, source);
        };
        if feature.bad_name && feature.names.is_empty() {
            self.reject(RejectReason::BadName, source);
        }
        let address = feature
            .address
            .as_ref()
            .map(|a| intern(&mut self.harvest.atoms, a));
        if let Some(address) = address {
            self.harvest.houses.push(RawHouse {
                source,
                address,
                point,
                interpolated: false,
            });
        }
        let is_area = feature.boundary || feature.place.is_some() && !geometry.rings.is_empty();
        if feature.category.is_none() && feature.place.is_none() && !feature.boundary {
            return;
        }
        let place = RawPlace {
            source,
            names: feature.names,
            category: feature.category.map(Into::into),
            place: feature.place.map(Into::into),
            address: address.unwrap_or_default(),
            attributes: feature.attributes,
            geometry,
        };
        if is_area {
            let country = feature.country.map(Into::into);
            self.harvest.areas.push(RawArea {
                place,
                admin_level: feature.admin_level,
                country,
                nodes: Vec::new(),
            });
        } else {
            self.harvest.places.push(place);
        }
    }
}

fn intern(atoms: &mut Atoms, address: &OwnedAddress) -> RawAddress {
    RawAddress {
        number: atoms.intern(&address.number),
        street: atoms.intern(&address.street),
        place: atoms.intern(&address.place),
        city: atoms.intern(&address.city),
        postcode: atoms.intern(&address.postcode),
        unit: atoms.intern(&address.unit),
    }
}

/// A point that stands for an outline: one inside it, near its middle; the middle of an open line.
fn centre(line: &[LonLat], closed: bool) -> Option<LonLat> {
    let middle = line.get(line.len() / 2).copied();
    if !closed {
        return middle;
    }
    let ring: LineString = line.iter().map(|p| (p.lon(), p.lat())).collect();
    let point = Polygon::new(ring, Vec::new()).interior_point();
    point.map(|p| LonLat::clamped(p.x(), p.y())).or(middle)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance on earth in metres fits"
)]
fn radius_m(line: &[LonLat]) -> u32 {
    let Some(b) = Bbox::around(line.iter().copied()) else {
        return 0;
    };
    (LonLat::clamped(b.west, b.south).distance_m(LonLat::clamped(b.east, b.north)) / 2.0) as u32
}
