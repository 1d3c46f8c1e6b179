//! Objects whose place is known → the lists of a harvest: each goes where it belongs, or is counted.

use super::feature::Feature;
use super::ground::NodeGround;
use super::harvest::{Harvest, TaggedNode, Wanted};
use super::raw::{Geometry, RawAddress, RawArea, RawEntrance, RawHouse, RawPlace};
use crate::report::RejectReason;
use geodata::ground::{Mark, MarkKind};
use geodata::{LonLat, OsmKind, Outlines, SourceId};

/// Nodes that mean something to the ways that have them.
#[derive(Default)]
pub(super) struct OnWays {
    /// Entrances: of the building on whose outline they lie.
    pub(super) doors: Vec<i64>,
    /// No car passes those.
    pub(super) closed_gates: Vec<i64>,
}

impl Harvest {
    pub(super) fn reject(&mut self, reason: RejectReason, source: SourceId) {
        self.rejects.add(reason, &source.to_string());
    }

    /// Puts what came of nodes in the order of their ids, whatever the order in which they came.
    pub(super) fn sort(&mut self) {
        self.houses.sort_by_key(|h| h.source);
        self.places.sort_by_key(|p| p.source);
        self.entrances.sort_by_key(|e| e.source);
        self.ground.marks.sort_by_key(|m| m.source);
    }

    /// Puts away a node, and notes what it means to ways.
    pub(super) fn node(&mut self, node: TaggedNode, on_ways: &mut OnWays) {
        let TaggedNode { id, point, .. } = node;
        let source = SourceId::osm(OsmKind::Node, id);
        let Some(point) = point else {
            return self.reject(RejectReason::OutsideWorld, source);
        };
        if point == LonLat::clamped(0.0, 0.0) {
            return self.reject(RejectReason::NullIsland, source);
        }
        if let Some(ground) = node.ground {
            if matches!(ground.kind, MarkKind::Gate(gate) if !gate.cars) {
                on_ways.closed_gates.push(id);
            }
            self.mark((source, point), ground);
        }
        let feature = match node.wanted {
            Wanted::Part => return,
            Wanted::House(address) => return self.house(source, address, Some(point)),
            Wanted::Feature(feature) => *feature,
        };
        if let Some(door) = feature.entrance {
            let entrance = RawEntrance {
                source,
                point,
                kind: door.kind,
                reference: door.reference,
                flats: door.flats,
                building: SourceId::NONE,
                address: feature.address.unwrap_or_default(),
                names: feature.names.clone(),
            };
            self.entrances.push(entrance);
            on_ways.doors.push(id);
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

    fn mark(&mut self, (source, point): (SourceId, LonLat), ground: NodeGround) {
        self.ground.marks.push(Mark {
            kind: ground.kind,
            source,
            point,
            reference: ground.reference,
            name: ground.name,
        });
    }

    pub(super) fn house(&mut self, source: SourceId, address: RawAddress, point: Option<LonLat>) {
        let Some(point) = point else {
            return self.reject(RejectReason::MissingNodes, source);
        };
        self.houses.push(RawHouse {
            source,
            address,
            point,
            interpolated: false,
        });
    }

    fn outline(&mut self, source: SourceId, point: LonLat, rings: &[&[LonLat]]) {
        if self.outlines.is_empty() {
            self.outlines.push(Outlines::default());
        }
        if let Some(part) = self.outlines.last_mut() {
            part.push(source, point, rings);
        }
    }

    /// Any located feature that is not a street: a house, a place, an area, or several of these.
    pub(super) fn feature(&mut self, source: SourceId, feature: Feature, geometry: Geometry) {
        let Some(point) = geometry.point else {
            return self.reject(RejectReason::MissingNodes, source);
        };
        if feature.bad_name && feature.names.is_empty() {
            self.reject(RejectReason::BadName, source);
        }
        let address = feature.address;
        if let Some(address) = address {
            self.house(source, address, Some(point));
            if !geometry.rings.is_empty() {
                let rings: Vec<&[LonLat]> = geometry.rings.iter().map(Vec::as_slice).collect();
                self.outline(source, point, &rings);
            }
        }
        let is_area = feature.boundary || feature.place.is_some() && !geometry.rings.is_empty();
        if feature.category.is_none() && feature.place.is_none() && !feature.boundary {
            return;
        }
        let place = RawPlace {
            source,
            names: feature.names,
            category: feature.category,
            place: feature.place,
            address: address.unwrap_or_default(),
            attributes: feature.attributes,
            geometry,
        };
        if is_area {
            self.areas.push(RawArea {
                place,
                admin_level: feature.admin_level,
                country: feature.country,
                nodes: Vec::new(),
            });
        } else {
            self.places.push(place);
        }
    }
}
