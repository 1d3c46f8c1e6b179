//! Places and houses of a snapshot by the objects they come from.

use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, PlaceRef, SourceId};
use std::collections::HashMap;

/// Every house, and every place but streets, by each of its objects.
pub fn places_by_source(snapshot: &Snapshot) -> HashMap<SourceId, (DocId, PlaceRef)> {
    let docs = || 0..DocId::try_from(snapshot.len()).expect("few places");
    let mut found = HashMap::new();
    for doc in docs() {
        let place = snapshot.place(doc).id;
        for house in snapshot.houses(doc).iter().filter(|h| !h.is_corner()) {
            let id = PlaceRef::house(place, house.source);
            found.insert(house.source, (doc, id));
            for other in snapshot.joined(house.source) {
                found.insert(other, (doc, id));
            }
        }
    }
    for doc in docs().filter(|d| snapshot.layer(*d) != Layer::Street) {
        for source in snapshot.sources(doc) {
            found.insert(*source, (doc, PlaceRef::whole(snapshot.place(doc).id)));
        }
    }
    found
}
