//! Which places are others than in the snapshot before: by name, for people.

use geodata::Layer;
use geodata::snapshot::{DocId, Snapshot};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// How many places of a kind of change are named, the most important first.
const NAMED: usize = 20;
/// A place has moved that lies farther than this from where it was, in metres.
const MOVED_M: f64 = 100.0;

/// Places that changed in one way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub count: u64,
    /// Some of them: what they are called, where, and their id.
    pub named: Vec<String>,
}

impl Changed {
    fn add(&mut self, named: impl FnOnce() -> String) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(named());
        }
    }
}

/// What changed among the places of a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    pub new: Changed,
    pub gone: Changed,
    pub renamed: Changed,
    /// By more than 100 m.
    pub moved: Changed,
    /// With more or fewer houses than before.
    pub houses: Changed,
}

impl Differences {
    fn kinds(&self) -> [(&'static str, &Changed); 5] {
        [
            ("new", &self.new),
            ("gone", &self.gone),
            ("renamed", &self.renamed),
            ("moved", &self.moved),
            ("houses", &self.houses),
        ]
    }
}

/// What changed from one snapshot to the next, by layer; layers without any change are left out.
pub fn compare(before: &Snapshot, now: &Snapshot) -> BTreeMap<String, Differences> {
    let mut layers: BTreeMap<String, Differences> = BTreeMap::new();
    for doc in docs(now) {
        let of_layer = || layer_name(now.layer(doc));
        let Some(was) = before.find(now.place(doc).id) else {
            let layer = layers.entry(of_layer()).or_default();
            layer.new.add(|| named(now, doc));
            continue;
        };
        let (old, new) = (before.name_in(was, &[]), now.name_in(doc, &[]));
        if old != new {
            let layer = layers.entry(of_layer()).or_default();
            layer.renamed.add(|| format!("{old} → {}", named(now, doc)));
        }
        let moved_m = before.place(was).point.distance_m(now.place(doc).point);
        if moved_m > MOVED_M {
            let layer = layers.entry(of_layer()).or_default();
            layer
                .moved
                .add(|| format!("{}: {moved_m:.0} m", named(now, doc)));
        }
        let houses = (before.houses(was).len(), now.houses(doc).len());
        if houses.0 != houses.1 {
            let layer = layers.entry(of_layer()).or_default();
            let told = || format!("{}: {} → {}", named(now, doc), houses.0, houses.1);
            layer.houses.add(told);
        }
    }
    for doc in docs(before).filter(|doc| now.find(before.place(*doc).id).is_none()) {
        let layer = layers.entry(layer_name(before.layer(doc))).or_default();
        layer.gone.add(|| named(before, doc));
    }
    layers
}

/// The places of a snapshot, the most important first.
fn docs(snapshot: &Snapshot) -> impl Iterator<Item = DocId> {
    0..DocId::try_from(snapshot.len()).unwrap_or(DocId::MAX)
}

fn layer_name(layer: Layer) -> String {
    layer.to_string()
}

/// «вулиця Лісова, Дубове (`k1…`)».
fn named(snapshot: &Snapshot, doc: DocId) -> String {
    let name = match snapshot.name_in(doc, &[]) {
        "" => "without a name",
        name => name,
    };
    let around = snapshot
        .settlement(doc)
        .map_or(String::new(), |p| format!(", {}", snapshot.name_in(p, &[])));
    format!("{name}{around} (`{}`)", snapshot.place(doc).id)
}

/// The changes for people, in Markdown.
pub(super) fn tell(
    layers: &BTreeMap<String, Differences>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if layers.is_empty() {
        return writeln!(f, "Nothing.");
    }
    for (layer, differences) in layers {
        for (kind, changed) in differences.kinds() {
            if changed.count == 0 {
                continue;
            }
            writeln!(f, "- {layer}, {kind}: {}", changed.count)?;
            for place in &changed.named {
                writeln!(f, "  - {place}")?;
            }
            let named = u64::try_from(changed.named.len()).unwrap_or(u64::MAX);
            if changed.count > named {
                writeln!(f, "  - and {} more", changed.count - named)?;
            }
        }
    }
    Ok(())
}
