use serde::{Deserialize, Serialize};

open_enum! {
    /// What kind of object a [`User`] is.
    ///
    /// See [User](https://developers.notion.com/reference/user).
    pub enum UserObject {
        /// A person or bot.
        User = "user",
        /// A group of people.
        Group = "group",
    }
}

tagged_struct! {
    /// A person, a bot or a group.
    ///
    /// Often only the id is there: [`UserDetails::Partial`]. See [User](https://developers.notion.com/reference/user).
    pub struct User("a user") {
        required {
            /// Id of the user or group.
            id: String,
        }
        optional {
            /// User or group.
            object: UserObject,
            /// Name of the user or group.
            name: String,
            /// The address of the user's picture.
            avatar_url: String,
        }
        /// What only persons or bots have.
        details: UserDetails,
    }
}

tagged_enum! {
    /// What kind of user it is.
    ///
    /// See [User](https://developers.notion.com/reference/user).
    pub enum UserDetails("a user") {
        /// A person.
        Person(Option<Person>) = "person",
        /// A connection's bot.
        Bot(Option<Box<Bot>>) = "bot";
        /// Only the id was sent, or it is a group.
        untyped Partial
    }
}

/// What only persons have.
///
/// See [User](https://developers.notion.com/reference/user#people).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// The e-mail address, when the connection may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What only bots have. All of it is absent for the bots of others.
///
/// See [User](https://developers.notion.com/reference/user#bots).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bot {
    /// Who owns the bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<BotOwner>,
    /// Id of the bot's workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// What the bot's workspace may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_limits: Option<WorkspaceLimits>,
    /// Name of the bot's workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_name: Option<String>,
}

/// What a workspace may do.
///
/// See [User](https://developers.notion.com/reference/user#bots).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceLimits {
    /// The largest file that can be uploaded, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_upload_size_in_bytes: Option<u64>,
}

tagged_enum! {
    /// Who owns a bot.
    ///
    /// See [User](https://developers.notion.com/reference/user#bots).
    pub enum BotOwner("the owner of a bot") {
        /// A person.
        User(OwningUser) = "user",
        /// The workspace; always `true`.
        Workspace(bool) = "workspace",
    }
}

/// A person who owns a bot.
///
/// See [User](https://developers.notion.com/reference/user#bots).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OwningUser {
    /// Always `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<UserObject>,
    /// Id of the user.
    pub id: String,
    /// Name of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address of the user's picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Always `person`, when it is there.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What only persons have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
}

impl User {
    /// Whether it is a group of people.
    pub fn is_group(&self) -> bool {
        self.object == Some(UserObject::Group)
    }

    /// Whether it is known to be a bot; a partial user does not tell.
    pub const fn is_bot(&self) -> bool {
        matches!(self.details, UserDetails::Bot(_))
    }

    /// The e-mail address, when it is a person and the connection may read it.
    pub fn email(&self) -> Option<&str> {
        match &self.details {
            UserDetails::Person(person) => person.as_ref()?.email.as_deref(),
            _ => None,
        }
    }
}
