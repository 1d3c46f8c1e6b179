//! Tags → what an object is on the ground: a road, a barrier, a gate, a stop.
//!
//! Access follows <https://wiki.openstreetmap.org/wiki/Key:access>: the most specific key that is tagged counts. A gate
//! without tags is taken for closed to cars, since the road before it is where a car can stop in any case.

use super::raw::Atom;
use super::tags::{REFERENCE_KEYS, Tags};
use geodata::ground::{
    AreaKind, EntranceKind, Flow, Gate, LineKind, MarkKind, Path, Road, RoadClass, RoadTrait,
};

/// What a way is on the ground; it may be several things at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct WayGround {
    pub(super) line: Option<LineKind>,
    pub(super) area: Option<AreaKind>,
    /// What its middle stands for.
    pub(super) mark: Option<MarkKind>,
}

impl WayGround {
    /// Whether the way is wanted even if nobody looks for it by name or address. Of other buildings most have nothing to
    /// tell.
    pub(super) fn stands_alone(self) -> bool {
        self.line.is_some() || self.mark.is_some() || self.area != Some(AreaKind::Building)
    }
}

/// What a node is on the ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeGround {
    pub(super) kind: MarkKind,
    pub(super) reference: Atom,
    pub(super) name: Atom,
}

impl NodeGround {
    /// Texts of another table are known by other numbers.
    pub(super) fn rename(&mut self, atoms: &[Atom]) {
        self.reference.rename(atoms);
        self.name.rename(atoms);
    }
}

/// Keys of vehicles, the most specific first.
const CAR_KEYS: [&str; 4] = ["motorcar", "motor_vehicle", "vehicle", "access"];
/// Keys of walkers.
const FOOT_KEYS: [&str; 2] = ["foot", "access"];
/// Values that keep any car out.
const CLOSED: [&str; 10] = [
    "no",
    "private",
    "agricultural",
    "forestry",
    "military",
    "emergency",
    "delivery",
    "permit",
    "residents",
    "psv",
];
/// `barrier` of lines that stop walkers.
const BARRIERS: [&str; 11] = [
    "fence",
    "wall",
    "retaining_wall",
    "city_wall",
    "hedge",
    "guard_rail",
    "jersey_barrier",
    "cable_barrier",
    "railing",
    "barrier_board",
    "ditch",
];
/// `barrier` of nodes that a car passes only if it is let through.
const BARS: [&str; 3] = ["lift_gate", "swing_gate", "boom"];
const GATES: [&str; 5] = [
    "gate",
    "sliding_gate",
    "wicket_gate",
    "hampshire_gate",
    "sally_port",
];
/// `barrier` of nodes that no car passes.
const POSTS: [&str; 9] = [
    "bollard",
    "block",
    "chain",
    "jersey_barrier",
    "cycle_barrier",
    "kissing_gate",
    "stile",
    "turnstile",
    "planter",
];
/// `amenity` of grounds with ways in of their own.
const GROUNDS: [&str; 10] = [
    "school",
    "kindergarten",
    "college",
    "university",
    "hospital",
    "clinic",
    "bus_station",
    "marketplace",
    "exhibition_centre",
    "conference_centre",
];
/// `leisure` and `tourism` of grounds with ways in of their own.
const LEISURE: [&str; 9] = [
    "stadium",
    "sports_centre",
    "park",
    "water_park",
    "zoo",
    "theme_park",
    "museum",
    "hotel",
    "attraction",
];

/// What a way's tags make of it; `None` where it is nothing on the ground.
pub(super) fn read_way(tags: Tags<'_>) -> Option<WayGround> {
    let ground = WayGround {
        line: line(tags),
        area: area(tags),
        mark: (tags.get("amenity") == Some("taxi")).then_some(MarkKind::TaxiStand),
    };
    (ground != WayGround::default()).then_some(ground)
}

/// What a node's tags make of it; `None` where it is nothing on the ground.
pub(super) fn read_node(tags: Tags<'_>) -> Option<NodeGround> {
    let kind = mark(tags)?;
    let named = matches!(kind, MarkKind::Entrance(_) | MarkKind::TaxiStand);
    let text = |keys: &[&str]| match named {
        true => tags.first_atom(keys),
        false => Atom::default(),
    };
    Some(NodeGround {
        kind,
        reference: text(&REFERENCE_KEYS),
        name: text(&["name"]),
    })
}

fn line(tags: Tags<'_>) -> Option<LineKind> {
    let is = |key: &str| tags.get(key).is_some_and(|v| v != "no");
    let underground = tags.get("layer").is_some_and(|l| l.starts_with('-')) || is("tunnel");
    if let Some(highway) = tags.get("highway") {
        return road(tags, highway)
            .map(LineKind::Road)
            .or_else(|| path(tags, highway));
    }
    let railway = tags.get("railway");
    if matches!(
        railway,
        Some("rail" | "light_rail" | "narrow_gauge" | "subway")
    ) {
        return (!underground && !is("bridge")).then_some(LineKind::Rail);
    }
    if railway == Some("tram") && !underground {
        return Some(LineKind::Tram);
    }
    let water = matches!(
        tags.get("waterway"),
        Some("river" | "canal" | "stream" | "riverbank")
    ) || tags.get("natural") == Some("water");
    if water && !underground {
        return Some(LineKind::Water);
    }
    let barrier = tags.get("barrier").is_some_and(|b| BARRIERS.contains(&b));
    barrier.then_some(LineKind::Barrier)
}

fn area(tags: Tags<'_>) -> Option<AreaKind> {
    let one_of = |key: &str, values: &[&str]| tags.get(key).is_some_and(|v| values.contains(&v));
    if one_of("aeroway", &["terminal"]) {
        return Some(AreaKind::Terminal);
    }
    let site = one_of("amenity", &GROUNDS)
        || one_of("leisure", &LEISURE)
        || one_of("tourism", &LEISURE)
        || one_of("aeroway", &["aerodrome"])
        || one_of("shop", &["mall", "department_store"])
        || one_of("railway", &["station"])
        || one_of("public_transport", &["station"])
        || one_of("building", &["train_station"]);
    if site {
        return Some(AreaKind::Site);
    }
    tags.get("building")
        .is_some_and(|b| b != "no")
        .then_some(AreaKind::Building)
}

fn road(tags: Tags<'_>, highway: &str) -> Option<Road> {
    if tags.get("area") == Some("yes") {
        return None;
    }
    let class = match highway {
        "motorway" | "motorway_link" => RoadClass::Motorway,
        "trunk" | "trunk_link" => RoadClass::Trunk,
        "primary" | "primary_link" => RoadClass::Primary,
        "secondary" | "secondary_link" => RoadClass::Secondary,
        "tertiary" | "tertiary_link" => RoadClass::Tertiary,
        "unclassified" | "road" => RoadClass::Unclassified,
        "residential" => RoadClass::Residential,
        "living_street" => RoadClass::LivingStreet,
        "service" => match tags.get("service") {
            Some("driveway") => RoadClass::Driveway,
            Some("parking_aisle") => RoadClass::ParkingAisle,
            Some("emergency_access") => return None,
            _ => RoadClass::Service,
        },
        "track" => RoadClass::Track,
        _ => return None,
    };
    let roundabout = matches!(tags.get("junction"), Some("roundabout" | "circular"));
    let flow = match tags.get("oneway") {
        Some("yes" | "1" | "true") => Flow::Forward,
        Some("-1" | "reverse") => Flow::Backward,
        Some("no") => Flow::Both,
        _ if roundabout || highway == "motorway" => Flow::Forward,
        _ => Flow::Both,
    };
    let is = |key: &str| tags.get(key).is_some_and(|v| v != "no");
    let passage = tags.get("tunnel") == Some("building_passage");
    let traits = [
        (is("bridge"), RoadTrait::Bridge),
        (is("tunnel") && !passage, RoadTrait::Tunnel),
        (passage, RoadTrait::Passage),
        (roundabout, RoadTrait::Roundabout),
        (is_closed(tags, &CAR_KEYS), RoadTrait::Closed),
        (no_stopping(tags, &LEFT), RoadTrait::NoStoppingLeft),
        (
            no_stopping(tags, &RIGHT) || has_bus_lane(tags),
            RoadTrait::NoStoppingRight,
        ),
    ];
    let set = traits.into_iter().filter(|(set, _)| *set);
    Some(set.fold(Road::new(class, flow), |road, (_, feature)| {
        road.with(feature)
    }))
}

/// Keys that say what holds at the kerb of one side or both.
struct KerbKeys {
    /// `parking:*`, today's and the former scheme.
    parking: [&'static str; 6],
    bus_lane: [&'static str; 2],
}

const LEFT: KerbKeys = KerbKeys {
    parking: [
        "parking:both:restriction",
        "parking:condition:both",
        "parking:lane:both",
        "parking:left:restriction",
        "parking:condition:left",
        "parking:lane:left",
    ],
    bus_lane: ["busway:both", "busway:left"],
};
const RIGHT: KerbKeys = KerbKeys {
    parking: [
        "parking:both:restriction",
        "parking:condition:both",
        "parking:lane:both",
        "parking:right:restriction",
        "parking:condition:right",
        "parking:lane:right",
    ],
    bus_lane: ["busway:both", "busway:right"],
};

/// Whether nobody may stop on a side, by its keys or because a bus lane runs there.
fn no_stopping(tags: Tags<'_>, keys: &KerbKeys) -> bool {
    let forbids = |value: &str| matches!(value, "no_stopping" | "no_standing");
    keys.parking
        .iter()
        .any(|key| tags.get(key).is_some_and(forbids))
        || keys
            .bus_lane
            .iter()
            .any(|key| tags.get(key) == Some("lane"))
}

/// Whether buses have a lane of their own at the right, which is where they drive unless the key says more.
fn has_bus_lane(tags: Tags<'_>) -> bool {
    let designated = |key: &&str| tags.get(key).is_some_and(|v| v.ends_with("designated"));
    tags.get("busway") == Some("lane") || ["bus:lanes", "psv:lanes"].iter().any(designated)
}

fn path(tags: Tags<'_>, highway: &str) -> Option<LineKind> {
    let walked = matches!(
        highway,
        "footway" | "path" | "pedestrian" | "steps" | "cycleway" | "bridleway"
    );
    if !walked || is_closed(tags, &FOOT_KEYS) {
        return None;
    }
    let is = |key: &str| tags.get(key).is_some_and(|v| v != "no");
    let kind = if is("bridge") || is("tunnel") {
        Path::Apart
    } else if matches!(
        tags.get("footway").or_else(|| tags.get("cycleway")),
        Some("crossing")
    ) {
        Path::Crossing
    } else {
        Path::Plain
    };
    Some(LineKind::Path(kind))
}

fn mark(tags: Tags<'_>) -> Option<MarkKind> {
    if let Some(entrance) = tags.get("entrance").filter(|e| *e != "no") {
        let kind = match entrance {
            "main" => EntranceKind::Main,
            "staircase" => EntranceKind::Staircase,
            "service" | "garage" | "emergency" | "exit" | "delivery" => EntranceKind::Service,
            _ => EntranceKind::Other,
        };
        return Some(MarkKind::Entrance(kind));
    }
    if matches!(
        tags.get("railway"),
        Some("subway_entrance" | "train_station_entrance")
    ) {
        return Some(MarkKind::Entrance(EntranceKind::Station));
    }
    if matches!(tags.get("railway"), Some("crossing" | "level_crossing"))
        || tags.get("highway") == Some("crossing")
    {
        return Some(MarkKind::Crossing);
    }
    if tags.get("highway") == Some("bus_stop") {
        return Some(MarkKind::BusStop);
    }
    if tags.get("amenity") == Some("taxi") {
        return Some(MarkKind::TaxiStand);
    }
    gate(tags).map(MarkKind::Gate)
}

fn gate(tags: Tags<'_>) -> Option<Gate> {
    let barrier = tags.get("barrier")?;
    let (bar, post) = (BARS.contains(&barrier), POSTS.contains(&barrier));
    let opening = barrier == "entrance" || barrier == "toll_booth" || barrier == "cattle_grid";
    if !bar && !post && !opening && !GATES.contains(&barrier) {
        return None;
    }
    let locked = tags.get("locked") == Some("yes");
    let allowed = CAR_KEYS.iter().find_map(|key| tags.get(key));
    let cars = match allowed {
        Some(value) => !CLOSED.contains(&value),
        None => opening,
    };
    // Who lives behind a private gate walks through it.
    let walkers = match tags.get("foot").or_else(|| tags.get("access")) {
        Some("no") => false,
        _ => !locked || tags.get("foot").is_some(),
    };
    Some(Gate {
        boom: bar,
        cars: cars && !post && !locked,
        walkers,
    })
}

/// Whether the most specific of some keys that is tagged keeps people out.
fn is_closed(tags: Tags<'_>, keys: &[&str]) -> bool {
    let value = keys.iter().find_map(|key| tags.get(key));
    value.is_some_and(|v| CLOSED.contains(&v))
}

#[cfg(test)]
mod tests {
    use super::super::strings::Strings;
    use super::*;
    use osmpbfreader::osmformat::PrimitiveBlock;

    /// Reads tags written as `key=value`, between blanks.
    fn with_tags<T>(text: &str, read: impl FnOnce(Tags<'_>) -> T) -> T {
        let mut block = PrimitiveBlock::new();
        let strings = &mut block.stringtable.mut_or_insert_default().s;
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (row, tag) in (0..).step_by(2).zip(text.split(' ')) {
            let (key, value) = tag.split_once('=').unwrap();
            strings.push(key.as_bytes().to_vec());
            strings.push(value.as_bytes().to_vec());
            keys.push(row);
            values.push(row + 1);
        }
        read(Tags::parallel(&Strings::of(&block), &keys, &values))
    }

    #[track_caller]
    fn check(tags: &str, expect: &str) {
        let read = with_tags(tags, |tags| {
            let way = read_way(tags).map(|w| format!("{:?} {:?}", w.line, w.area));
            let node = read_node(tags).map(|n| format!("{:?}", n.kind));
            (way, node)
        });
        let text = format!(
            "{} / {}",
            read.0.unwrap_or_default(),
            read.1.unwrap_or_default()
        );
        let text = text.replace("Some(", "(").replace("None", "-");
        assert_eq!(text, expect, "{tags}");
    }

    #[test]
    fn ways_and_nodes_are_what_their_tags_say() {
        let road = |class: &str, flow: &str, traits: u8| {
            format!("(Road(Road {{ class: {class}, flow: {flow}, traits: {traits} }})) - / ")
        };
        check("highway=residential", &road("Residential", "Both", 0));
        check("highway=primary oneway=-1", &road("Primary", "Backward", 0));
        check(
            "highway=service service=driveway access=private",
            &road("Driveway", "Both", 16),
        );
        check(
            "highway=service access=private motorcar=yes",
            &road("Service", "Both", 0),
        );
        check(
            "highway=service tunnel=building_passage",
            &road("Service", "Both", 4),
        );
        check(
            "highway=tertiary bridge=yes junction=roundabout",
            &road("Tertiary", "Forward", 9),
        );
        check(
            "highway=secondary parking:right:restriction=no_stopping",
            &road("Secondary", "Both", 128),
        );
        check(
            "highway=secondary bus:lanes=yes|designated",
            &road("Secondary", "Both", 128),
        );
        check("highway=footway footway=crossing", "(Path(Crossing)) - / ");
        check("highway=steps tunnel=yes", "(Path(Apart)) - / ");
        check("highway=path foot=no", " / ");
        check("railway=rail bridge=yes", " / ");
        check("railway=rail", "(Rail) - / ");
        check("waterway=stream tunnel=culvert", " / ");
        check("amenity=school barrier=fence", "(Barrier) (Site) / ");
        check("building=no", " / ");
        check("building=yes", "- (Building) / ");
        check("entrance=staircase", " / Entrance(Staircase)");
        check("railway=subway_entrance", " / Entrance(Station)");
        let gate = |boom: bool, cars: bool, walkers: bool| {
            format!(" / Gate(Gate {{ boom: {boom}, cars: {cars}, walkers: {walkers} }})")
        };
        check("barrier=lift_gate", &gate(true, false, true));
        check("barrier=gate access=permissive", &gate(false, true, true));
        check("barrier=gate access=private", &gate(false, false, true));
        check(
            "barrier=gate access=permissive motor_vehicle=private",
            &gate(false, false, true),
        );
        check("barrier=gate locked=yes", &gate(false, false, false));
        check("barrier=bollard access=yes", &gate(false, false, true));
        check("barrier=entrance", &gate(false, true, true));
        check("barrier=kerb", " / ");
    }
}
