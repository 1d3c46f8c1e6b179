//! Roads: class, direction, what keeps cars from stopping.

/// What a road is for, from the fastest to the slowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoadClass {
    Motorway,
    Trunk,
    Primary,
    Secondary,
    Tertiary,
    Unclassified,
    Residential,
    LivingStreet,
    Service,
    /// To one property or a yard.
    Driveway,
    ParkingAisle,
    /// Through fields and woods.
    Track,
}

impl RoadClass {
    const ALL: [RoadClass; 12] = [
        RoadClass::Motorway,
        RoadClass::Trunk,
        RoadClass::Primary,
        RoadClass::Secondary,
        RoadClass::Tertiary,
        RoadClass::Unclassified,
        RoadClass::Residential,
        RoadClass::LivingStreet,
        RoadClass::Service,
        RoadClass::Driveway,
        RoadClass::ParkingAisle,
        RoadClass::Track,
    ];

    /// The value of `highway` it comes from, with that of `service` after a colon.
    pub fn as_str(self) -> &'static str {
        match self {
            RoadClass::Motorway => "motorway",
            RoadClass::Trunk => "trunk",
            RoadClass::Primary => "primary",
            RoadClass::Secondary => "secondary",
            RoadClass::Tertiary => "tertiary",
            RoadClass::Unclassified => "unclassified",
            RoadClass::Residential => "residential",
            RoadClass::LivingStreet => "living_street",
            RoadClass::Service => "service",
            RoadClass::Driveway => "service:driveway",
            RoadClass::ParkingAisle => "service:parking_aisle",
            RoadClass::Track => "track",
        }
    }

    /// Whether walkers cross it at crossings only.
    pub fn is_major(self) -> bool {
        self <= RoadClass::Secondary
    }

    /// Whether it is part of the public network: yards, car parks and fields are not.
    pub fn is_street(self) -> bool {
        self <= RoadClass::LivingStreet
    }
}

/// The direction of traffic as to the points of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    Both,
    Forward,
    Backward,
}

impl Flow {
    const ALL: [Flow; 3] = [Flow::Both, Flow::Forward, Flow::Backward];
}

/// What is special about a road; one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RoadTrait {
    Bridge = 1,
    Tunnel = 1 << 1,
    /// Through a building: an arch.
    Passage = 1 << 2,
    Roundabout = 1 << 3,
    /// Not for any car, by its tags.
    Closed = 1 << 4,
    /// Reached through closed gates or closed roads only.
    CutOff = 1 << 5,
    /// Nobody may stop on the left, as the line runs.
    NoStoppingLeft = 1 << 6,
    NoStoppingRight = 1 << 7,
}

/// A road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Road {
    pub class: RoadClass,
    pub flow: Flow,
    traits: u8,
}

const TRAIT_BITS: u32 = 8;
const FLOW_BITS: u32 = 2;

impl Road {
    pub fn new(class: RoadClass, flow: Flow) -> Road {
        Road {
            class,
            flow,
            traits: 0,
        }
    }

    /// The road with one trait more.
    #[must_use]
    pub fn with(mut self, feature: RoadTrait) -> Road {
        self.traits |= feature as u8;
        self
    }

    pub fn is(self, feature: RoadTrait) -> bool {
        self.traits & feature as u8 != 0
    }

    /// Whether any car comes here.
    pub fn is_open(self) -> bool {
        !self.is(RoadTrait::Closed) && !self.is(RoadTrait::CutOff)
    }

    /// The road as a small number, for storing.
    pub(super) fn code(self) -> u32 {
        let (class, flow) = (self.class as u32, self.flow as u32);
        (class << FLOW_BITS | flow) << TRAIT_BITS | u32::from(self.traits)
    }

    pub(super) fn from_code(code: u32) -> Option<Road> {
        let traits = u8::try_from(code & 0xff).ok()?;
        let flow = (code >> TRAIT_BITS) & ((1 << FLOW_BITS) - 1);
        let class = code >> (TRAIT_BITS + FLOW_BITS);
        Some(Road {
            class: *RoadClass::ALL.get(usize::try_from(class).ok()?)?,
            flow: *Flow::ALL.get(usize::try_from(flow).ok()?)?,
            traits,
        })
    }
}
