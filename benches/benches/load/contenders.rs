//! Who is measured, what it is sent, and what is wanted of it.

use webhook_benches::payloads;
use webhook_benches::requests::{SECRET, signed, wire};
use webhook_verify::providers::{Clerk, standard_webhooks};
use webhook_verify::{Provider, UnixTime};

/// What others on the same framework are measured by: as much as every handler that verifies must do.
const BASE: &str = "Bytes + the MAC by hand";
const SIGNED: &str = "Signed<Clerk>";
const WEBHOOK: &str = "Webhook<Clerk>";

/// What a server runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Axum,
    Actix,
    /// Express on the Node that npm brings.
    Node24,
    /// Express on the Node that is there.
    SystemNode,
    FastApi,
}

impl Platform {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Node24 => "express, Node 24",
            Self::SystemNode => "express, the system's Node",
            Self::FastApi => "FastAPI",
        }
    }

    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Axum | Self::Actix)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// Clerk's `user.created`, 3.5 KB.
    Clerk,
    /// A Supabase `UPDATE`, 100 KB.
    Supabase,
}

/// What a server's requests per second are held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    Nothing,
    /// Of the base's, at least this part.
    OfBase(f64),
    /// Nothing, but those of our handler on axum are shown beside it.
    Ours(&'static str),
    /// Those of our handler on axum must be at least this many times its own.
    OursTimes(&'static str, f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contender {
    pub platform: Platform,
    body: Body,
    pub handler: &'static str,
    pub wanted: Wanted,
}

impl Contender {
    /// What it runs on, and what it is sent.
    pub fn server(self) -> String {
        let size = match self.body {
            Body::Clerk => "3.5 KB",
            Body::Supabase => "100 KB",
        };
        format!("{}, {size}", self.platform.name())
    }

    /// What the words are looked for in.
    pub fn name(self) -> String {
        format!("{}: {}", self.server(), self.handler)
    }

    /// What it is measured by: on its own framework, or on axum.
    pub fn base(self) -> Self {
        let platform = if self.platform.is_ours() { self.platform } else { Platform::Axum };
        find(platform, self.body, BASE)
    }

    /// Our handler that does the same job on axum, with the same body.
    pub fn ours(self) -> Option<Self> {
        match self.wanted {
            Wanted::Nothing | Wanted::OfBase(_) => None,
            Wanted::Ours(handler) | Wanted::OursTimes(handler, _) => {
                Some(find(Platform::Axum, self.body, handler))
            }
        }
    }

    /// A request that it takes, signed now.
    pub fn request(self) -> Vec<u8> {
        let body = match self.body {
            Body::Clerk => payloads::clerk_padded(),
            Body::Supabase => payloads::supabase(),
        };
        // The one with the other names of the headers.
        let standard = self.handler.starts_with("axum-standardwebhooks");
        let scheme = if standard { standard_webhooks::WEBHOOK_HEADERS } else { Clerk::SCHEME };
        let headers = signed(scheme, SECRET, body.as_bytes(), UnixTime::now());
        wire(&headers, body.as_bytes())
    }
}

/// Those with a word in their name, and those that they are measured by; all without any word.
pub fn chosen(words: &[String]) -> Vec<Contender> {
    let named = |contender: &Contender| words.iter().any(|word| contender.name().contains(word.as_str()));
    let named: Vec<Contender> = ALL.iter().copied().filter(|one| words.is_empty() || named(one)).collect();
    let needed = |one: &Contender| {
        named.iter().any(|named| named == one || named.base() == *one || named.ours() == Some(*one))
    };
    ALL.iter().copied().filter(needed).collect()
}

fn find(platform: Platform, body: Body, handler: &str) -> Contender {
    let is = |one: &&Contender| (one.platform, one.body, one.handler) == (platform, body, handler);
    *ALL.iter().find(is).expect("it is in the table")
}

const fn row(platform: Platform, body: Body, handler: &'static str, wanted: Wanted) -> Contender {
    Contender { platform, body, handler, wanted }
}

const ALL: &[Contender] = {
    use Body::{Clerk, Supabase};
    use Platform::{Actix, Axum, FastApi, Node24, SystemNode};
    use Wanted::{Nothing, OfBase, Ours, OursTimes};

    &[
        row(Axum, Clerk, BASE, Nothing),
        row(Axum, Clerk, "Bytes, nothing verified", Nothing),
        row(Axum, Clerk, SIGNED, OfBase(0.97)),
        row(Axum, Clerk, WEBHOOK, Nothing),
        row(Axum, Clerk, "svix", Ours(SIGNED)),
        row(Axum, Clerk, "svix + Value", OursTimes(WEBHOOK, 2.0)),
        row(Axum, Clerk, "svix + plain struct", Ours(WEBHOOK)),
        row(Axum, Clerk, "axum-standardwebhooks, Bytes", Ours(SIGNED)),
        row(Axum, Clerk, "axum-standardwebhooks, Json<Value>", OursTimes(WEBHOOK, 2.0)),
        row(Actix, Clerk, BASE, Nothing),
        row(Actix, Clerk, SIGNED, OfBase(0.97)),
        row(Actix, Clerk, WEBHOOK, Nothing),
        row(Node24, Clerk, "svix", OursTimes(SIGNED, 8.0)),
        row(Node24, Clerk, "svix + JSON.parse", Ours(WEBHOOK)),
        row(SystemNode, Clerk, "svix", Ours(SIGNED)),
        row(SystemNode, Clerk, "svix + JSON.parse", Ours(WEBHOOK)),
        row(FastApi, Clerk, "svix", OursTimes(SIGNED, 9.0)),
        row(FastApi, Clerk, "svix + json.loads", Ours(WEBHOOK)),
        row(Axum, Supabase, BASE, Nothing),
        row(Axum, Supabase, SIGNED, OfBase(0.97)),
        row(Axum, Supabase, "svix", Ours(SIGNED)),
        row(Axum, Supabase, "axum-standardwebhooks, Bytes", Ours(SIGNED)),
    ]
};
