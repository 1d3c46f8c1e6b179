//! Where somebody is to be met: a place of a snapshot, a part of one, or a point.

use super::anchors::Premises;
use crate::coord::{LonLat, nearest_on_line};
use crate::place::{Layer, PlaceRef};
use crate::snapshot::{DocId, Snapshot};

/// Where somebody is to be met: a point, and what is known of the place there.
#[derive(Debug, Clone)]
pub struct Meeting {
    pub point: LonLat,
    pub(super) premises: Premises,
    /// The nearest point of its street.
    pub(super) front: Option<LonLat>,
    /// Exits of a station.
    pub(super) exits: Vec<LonLat>,
}

impl Meeting {
    /// A point on the map.
    pub fn at(point: LonLat) -> Meeting {
        Meeting {
            point,
            premises: Premises::Point,
            front: None,
            exits: Vec::new(),
        }
    }

    /// A place of a snapshot, or a house, a door, an exit or a crossing of it; `None` when it has no such part.
    pub fn of(snapshot: &Snapshot, doc: DocId, id: PlaceRef) -> Option<Meeting> {
        let (premises, point) = if id.part.is_some() {
            part_of(snapshot, doc, id)?
        } else {
            let premises = match snapshot.layer(doc) {
                Layer::Station => Premises::Station,
                Layer::Poi => Premises::Poi,
                _ => Premises::Point,
            };
            (premises, snapshot.place(doc).point)
        };
        let exits = snapshot.exits(doc).iter().map(|e| e.point);
        Some(Meeting {
            point,
            premises,
            front: street_front(snapshot, doc, point),
            exits: exits.filter(|_| premises == Premises::Station).collect(),
        })
    }
}

/// A house, a door, an exit or a crossing of a place, and where it is.
fn part_of(snapshot: &Snapshot, doc: DocId, id: PlaceRef) -> Option<(Premises, LonLat)> {
    let houses = snapshot.houses(doc);
    if let Some(house) = houses.iter().find(|h| id.is_house(h.source)) {
        return Some((Premises::House, house.point));
    }
    let doors = (0..houses.len()).flat_map(|row| snapshot.entrances(doc, row));
    if let Some(door) = doors
        .into_iter()
        .find(|d| id.is_part(&format!("e:{}", d.source)))
    {
        return Some((Premises::Door, door.point));
    }
    let mut exits = snapshot.exits(doc).iter();
    if let Some(exit) = exits.find(|e| id.is_part(&format!("x:{}", e.source))) {
        return Some((Premises::Door, exit.point));
    }
    let other = |street: DocId| PlaceRef::whole(snapshot.place(street).id);
    let mut crossings = snapshot.crossings(doc).iter();
    let crossing = crossings.find(|c| id.is_part(&format!("c:{}", other(c.street))))?;
    Some((Premises::Point, crossing.point))
}

/// The point of a street's lines that is nearest to a house.
fn street_front(snapshot: &Snapshot, doc: DocId, house: LonLat) -> Option<LonLat> {
    let on = snapshot
        .lines(doc)
        .filter_map(|line| nearest_on_line(line, house));
    on.min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(point, _)| point)
}
