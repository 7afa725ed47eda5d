//! The types that a user would derive for the same events: field by field those of our models.
//!
//! They come twice, for a derived tagged enum cannot hold raw JSON: [`raw`] keeps free-form parts as text, as our
//! models do, [`value`] as `Value`.

#![allow(dead_code, missing_docs, reason = "a parser fills these fields, nobody reads them")]

macro_rules! models {
    ($module:ident, $Raw:ty) => {
        pub mod $module {
            pub type Raw = $Raw;

            pub mod clerk {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    pub data: User,
                    #[serde(rename = "type")]
                    pub kind: String,
                    pub object: Option<String>,
                    pub timestamp: Option<i64>,
                    pub instance_id: Option<String>,
                    pub event_attributes: Option<EventAttributes>,
                }

                #[derive(Deserialize)]
                #[serde(tag = "type", content = "data")]
                pub enum Tagged {
                    #[serde(rename = "user.created")]
                    Created(Box<User>),
                    #[serde(rename = "user.deleted")]
                    Deleted { id: String },
                }
                #[derive(Deserialize)]
                pub struct User {
                    pub id: String,
                    pub created_at: i64,
                    pub updated_at: i64,
                    pub object: Option<String>,
                    pub external_id: Option<String>,
                    pub primary_email_address_id: Option<String>,
                    pub primary_phone_number_id: Option<String>,
                    pub primary_web3_wallet_id: Option<String>,
                    pub username: Option<String>,
                    pub first_name: Option<String>,
                    pub last_name: Option<String>,
                    pub locale: Option<String>,
                    pub timezone: Option<String>,
                    pub profile_image_url: Option<String>,
                    pub image_url: Option<String>,
                    pub has_image: Option<bool>,
                    pub public_metadata: Option<Raw>,
                    pub private_metadata: Option<Raw>,
                    pub unsafe_metadata: Option<Raw>,
                    pub passkeys: Option<Vec<Passkey>>,
                    pub saml_accounts: Option<Vec<SamlAccount>>,
                    pub enterprise_accounts: Option<Vec<EnterpriseAccount>>,
                    pub organization_memberships: Option<Vec<OrganizationMembership>>,
                    pub password_enabled: Option<bool>,
                    pub two_factor_enabled: Option<bool>,
                    pub totp_enabled: Option<bool>,
                    pub backup_code_enabled: Option<bool>,
                    pub mfa_enabled_at: Option<i64>,
                    pub mfa_disabled_at: Option<i64>,
                    pub password_last_updated_at: Option<i64>,
                    pub last_sign_in_at: Option<i64>,
                    pub last_active_at: Option<i64>,
                    pub legal_accepted_at: Option<i64>,
                    pub banned: Option<bool>,
                    pub locked: Option<bool>,
                    pub deprovisioned: Option<bool>,
                    pub lockout_expires_in_seconds: Option<i64>,
                    pub verification_attempts_remaining: Option<i64>,
                    pub delete_self_enabled: Option<bool>,
                    pub create_organization_enabled: Option<bool>,
                    pub create_organizations_limit: Option<i64>,
                    pub bypass_client_trust: Option<bool>,
                    pub scim: Option<Scim>,
                    #[serde(default)]
                    pub email_addresses: Vec<EmailAddress>,
                    #[serde(default)]
                    pub phone_numbers: Vec<PhoneNumber>,
                    #[serde(default)]
                    pub web3_wallets: Vec<Web3Wallet>,
                    #[serde(default)]
                    pub external_accounts: Vec<ExternalAccount>,
                }
                #[derive(Deserialize)]
                pub struct Passkey {
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub name: Option<String>,
                    pub last_used_at: Option<i64>,
                    pub verification: Option<Verification>,
                }
                #[derive(Deserialize)]
                pub struct Verification {
                    pub status: VerificationStatus,
                    pub strategy: String,
                    pub object: Option<String>,
                    pub attempts: Option<i64>,
                    pub expire_at: Option<i64>,
                    pub verified_at_client: Option<String>,
                    pub channel: Option<String>,
                    pub error: Option<VerificationError>,
                    pub external_verification_redirect_url: Option<String>,
                    pub nonce: Option<String>,
                    pub message: Option<String>,
                }
                #[derive(Deserialize)]
                pub enum VerificationStatus {
                    #[serde(rename = "unverified")]
                    Unverified,
                    #[serde(rename = "verified")]
                    Verified,
                    #[serde(rename = "failed")]
                    Failed,
                    #[serde(rename = "expired")]
                    Expired,
                    #[serde(rename = "transferable")]
                    Transferable,
                }
                #[derive(Deserialize)]
                pub struct VerificationError {
                    pub message: Option<String>,
                    pub long_message: Option<String>,
                    pub code: Option<String>,
                    pub meta: Option<Raw>,
                }
                #[derive(Deserialize)]
                pub struct SamlAccount {
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub provider: Option<String>,
                    pub active: Option<bool>,
                    pub email_address: Option<String>,
                    pub first_name: Option<String>,
                    pub last_name: Option<String>,
                    pub provider_user_id: Option<String>,
                    pub last_authenticated_at: Option<i64>,
                    pub public_metadata: Option<Raw>,
                    pub verification: Option<Verification>,
                    pub saml_connection: Option<SamlConnection>,
                }
                #[derive(Deserialize)]
                pub struct SamlConnection {
                    pub id: Option<String>,
                    pub name: Option<String>,
                    pub domain: Option<String>,
                    pub domains: Option<Vec<String>>,
                    pub active: Option<bool>,
                    pub provider: Option<String>,
                    pub sync_user_attributes: Option<bool>,
                    pub allow_subdomains: Option<bool>,
                    pub allow_idp_initiated: Option<bool>,
                    pub disable_additional_identifications: Option<bool>,
                    pub created_at: Option<i64>,
                    pub updated_at: Option<i64>,
                }
                #[derive(Deserialize)]
                pub struct EnterpriseAccount {
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub protocol: Option<EnterpriseProtocol>,
                    pub provider: Option<String>,
                    pub active: Option<bool>,
                    pub email_address: Option<String>,
                    pub first_name: Option<String>,
                    pub last_name: Option<String>,
                    pub provider_user_id: Option<String>,
                    pub enterprise_connection_id: Option<String>,
                    pub public_metadata: Option<Raw>,
                    pub verification: Option<Verification>,
                    pub last_authenticated_at: Option<i64>,
                    pub enterprise_connection: Option<EnterpriseConnection>,
                }
                #[derive(Deserialize)]
                pub enum EnterpriseProtocol {
                    #[serde(rename = "oauth")]
                    Oauth,
                    #[serde(rename = "saml")]
                    Saml,
                }
                #[derive(Deserialize)]
                pub struct EnterpriseConnection {
                    pub id: Option<String>,
                    pub protocol: Option<EnterpriseProtocol>,
                    pub provider: Option<String>,
                    pub name: Option<String>,
                    pub logo_public_url: Option<String>,
                    pub domain: Option<String>,
                    pub domains: Option<Vec<String>>,
                    pub active: Option<bool>,
                    pub sync_user_attributes: Option<bool>,
                    pub allow_subdomains: Option<bool>,
                    pub allow_idp_initiated: Option<bool>,
                    pub disable_additional_identifications: Option<bool>,
                    pub created_at: Option<i64>,
                    pub updated_at: Option<i64>,
                }
                #[derive(Deserialize)]
                pub struct OrganizationMembership {
                    pub id: String,
                    pub role: String,
                    pub organization: Organization,
                    pub created_at: i64,
                    pub updated_at: i64,
                    pub object: Option<String>,
                    pub role_name: Option<String>,
                    pub permissions: Option<Vec<String>>,
                    pub public_metadata: Option<Raw>,
                    pub private_metadata: Option<Raw>,
                    pub public_user_data: Option<PublicUserData>,
                }
                #[derive(Deserialize)]
                pub struct Organization {
                    pub id: String,
                    pub name: String,
                    pub created_at: i64,
                    pub updated_at: i64,
                    pub object: Option<String>,
                    pub slug: Option<String>,
                    pub image_url: Option<String>,
                    pub has_image: Option<bool>,
                    pub members_count: Option<i64>,
                    pub missing_member_with_elevated_permissions: Option<bool>,
                    pub pending_invitations_count: Option<i64>,
                    pub max_allowed_memberships: Option<i64>,
                    pub admin_delete_enabled: Option<bool>,
                    pub public_metadata: Option<Raw>,
                    pub private_metadata: Option<Raw>,
                    pub created_by: Option<String>,
                    pub last_active_at: Option<i64>,
                    pub role_set_key: Option<String>,
                }
                #[derive(Deserialize)]
                pub struct PublicUserData {
                    pub user_id: Option<String>,
                    pub first_name: Option<String>,
                    pub last_name: Option<String>,
                    pub profile_image_url: Option<String>,
                    pub image_url: Option<String>,
                    pub has_image: Option<bool>,
                    pub identifier: Option<String>,
                    pub username: Option<String>,
                    pub banned: Option<bool>,
                    pub deprovisioned: Option<bool>,
                }
                #[derive(Deserialize)]
                pub struct Scim {
                    pub directory_id: Option<String>,
                    pub directory_enabled: Option<bool>,
                    pub external_id: Option<String>,
                }
                #[derive(Deserialize)]
                pub struct EmailAddress {
                    pub email_address: String,
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub reserved: Option<bool>,
                    pub verification: Option<Verification>,
                    pub matches_sso_connection: Option<bool>,
                    pub created_at: Option<i64>,
                    pub updated_at: Option<i64>,
                    #[serde(default)]
                    pub linked_to: Vec<LinkedIdentification>,
                }
                #[derive(Deserialize)]
                pub struct LinkedIdentification {
                    pub id: Option<String>,
                    #[serde(rename = "type")]
                    pub kind: Option<String>,
                }
                #[derive(Deserialize)]
                pub struct PhoneNumber {
                    pub phone_number: String,
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub reserved_for_second_factor: Option<bool>,
                    pub default_second_factor: Option<bool>,
                    pub reserved: Option<bool>,
                    pub verification: Option<Verification>,
                    pub backup_codes: Option<Vec<String>>,
                    pub created_at: Option<i64>,
                    pub updated_at: Option<i64>,
                    #[serde(default)]
                    pub linked_to: Vec<LinkedIdentification>,
                }
                #[derive(Deserialize)]
                pub struct Web3Wallet {
                    pub web3_wallet: String,
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub verification: Option<Verification>,
                    pub created_at: Option<i64>,
                    pub updated_at: Option<i64>,
                }
                #[derive(Deserialize)]
                pub struct ExternalAccount {
                    pub object: Option<String>,
                    pub id: Option<String>,
                    pub external_account_id: Option<String>,
                    pub provider: Option<String>,
                    pub identification_id: Option<String>,
                    pub provider_user_id: Option<String>,
                    pub approved_scopes: Option<String>,
                    pub email_address: Option<String>,
                    pub email_address_verified: Option<bool>,
                    pub first_name: Option<String>,
                    pub last_name: Option<String>,
                    pub avatar_url: Option<String>,
                    pub image_url: Option<String>,
                    pub username: Option<String>,
                    pub phone_number: Option<String>,
                    pub public_metadata: Option<Raw>,
                    pub label: Option<String>,
                    pub created_at: Option<i64>,
                    pub updated_at: Option<i64>,
                    pub verification: Option<Verification>,
                }
                #[derive(Deserialize)]
                pub struct EventAttributes {
                    pub http_request: Option<HttpRequest>,
                }
                #[derive(Deserialize)]
                pub struct HttpRequest {
                    pub client_ip: Option<String>,
                    pub user_agent: Option<String>,
                }
            }

            pub mod notion {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    pub data: ParentData,
                    #[serde(rename = "type")]
                    pub kind: String,
                    pub id: String,
                    pub timestamp: String,
                    pub workspace_id: String,
                    pub subscription_id: String,
                    pub integration_id: String,
                    pub authors: Vec<Actor>,
                    pub attempt_number: u32,
                    pub entity: Entity,
                    pub workspace_name: Option<String>,
                    pub accessible_by: Option<Vec<Actor>>,
                    pub api_version: Option<String>,
                }

                #[derive(Deserialize)]
                #[serde(tag = "type", content = "data")]
                pub enum Tagged {
                    #[serde(rename = "page.created")]
                    Created(ParentData),
                    #[serde(rename = "page.deleted")]
                    Deleted(ParentData),
                }
                #[derive(Deserialize)]
                pub struct Actor {
                    pub id: String,
                    #[serde(rename = "type")]
                    pub kind: ActorKind,
                }
                #[derive(Deserialize)]
                pub enum ActorKind {
                    #[serde(rename = "person")]
                    Person,
                    #[serde(rename = "bot")]
                    Bot,
                    #[serde(rename = "agent")]
                    Agent,
                }
                #[derive(Deserialize)]
                pub struct Entity {
                    pub id: String,
                    #[serde(rename = "type")]
                    pub kind: EntityKind,
                }
                #[derive(Deserialize)]
                pub enum EntityKind {
                    #[serde(rename = "page")]
                    Page,
                    #[serde(rename = "block")]
                    Block,
                    #[serde(rename = "database")]
                    Database,
                    #[serde(rename = "data_source")]
                    DataSource,
                    #[serde(rename = "comment")]
                    Comment,
                    #[serde(rename = "view")]
                    View,
                    #[serde(rename = "file_upload")]
                    FileUpload,
                }
                #[derive(Deserialize)]
                pub struct ParentData {
                    pub parent: EventParent,
                }
                #[derive(Deserialize)]
                pub struct EventParent {
                    pub id: String,
                    #[serde(rename = "type")]
                    pub kind: EventParentKind,
                    pub data_source_id: Option<String>,
                }
                #[derive(Deserialize)]
                pub enum EventParentKind {
                    #[serde(rename = "space")]
                    Space,
                    #[serde(rename = "page")]
                    Page,
                    #[serde(rename = "block")]
                    Block,
                    #[serde(rename = "database")]
                    Database,
                    #[serde(rename = "team")]
                    Team,
                    #[serde(rename = "agent")]
                    Agent,
                }
            }

            pub mod resend {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    pub data: Email,
                    #[serde(rename = "type")]
                    pub kind: String,
                    pub created_at: Option<String>,
                }

                #[derive(Deserialize)]
                #[serde(tag = "type", content = "data")]
                pub enum Tagged {
                    #[serde(rename = "email.bounced")]
                    Bounced(Box<Email>),
                    #[serde(rename = "email.sent")]
                    Sent(Box<Email>),
                }
                #[derive(Deserialize)]
                pub struct Email {
                    pub email_id: String,
                    pub message_id: Option<String>,
                    pub created_at: Option<String>,
                    pub from: Option<String>,
                    pub to: Option<Vec<String>>,
                    pub cc: Option<Vec<String>>,
                    pub bcc: Option<Vec<String>>,
                    pub subject: Option<String>,
                    pub broadcast_id: Option<String>,
                    pub template_id: Option<String>,
                    pub tags: Option<Raw>,
                    pub bounce: Option<Bounce>,
                    pub click: Option<Click>,
                    pub failed: Option<Failure>,
                    pub suppressed: Option<Bounce>,
                }
                #[derive(Deserialize)]
                pub struct Bounce {
                    pub message: Option<String>,
                    #[serde(rename = "type")]
                    pub kind: Option<String>,
                    #[serde(rename = "subType")]
                    pub subtype: Option<String>,
                }
                #[derive(Deserialize)]
                pub struct Click {
                    #[serde(rename = "ipAddress")]
                    pub ip_address: Option<String>,
                    pub link: Option<String>,
                    pub timestamp: Option<String>,
                    #[serde(rename = "userAgent")]
                    pub user_agent: Option<String>,
                }
                #[derive(Deserialize)]
                pub struct Failure {
                    pub reason: Option<String>,
                }
            }

            pub mod supabase {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    #[serde(rename = "type")]
                    pub kind: Operation,
                    pub table: String,
                    pub schema: String,
                    pub record: Option<Raw>,
                    pub old_record: Option<Raw>,
                }

                #[derive(Deserialize)]
                pub enum Operation {
                    #[serde(rename = "INSERT")]
                    Insert,
                    #[serde(rename = "UPDATE")]
                    Update,
                    #[serde(rename = "DELETE")]
                    Delete,
                    #[serde(rename = "TRUNCATE")]
                    Truncate,
                }

                #[derive(Deserialize)]
                #[serde(tag = "type")]
                pub enum Tagged {
                    #[serde(rename = "INSERT")]
                    Insert { table: String, schema: String, record: Raw },
                    #[serde(rename = "UPDATE")]
                    Update { table: String, schema: String, record: Raw, old_record: Raw },
                }
            }

            pub mod fluxbase {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    pub event: String,
                    pub table: String,
                    pub schema: String,
                    pub record: Option<Raw>,
                    pub old_record: Option<Raw>,
                    pub timestamp: Option<String>,
                    pub webhook_id: Option<String>,
                }

                #[derive(Deserialize)]
                #[serde(tag = "event")]
                pub enum Tagged {
                    #[serde(rename = "INSERT")]
                    Insert { table: String, schema: String, record: Raw, timestamp: String },
                    #[serde(rename = "UPDATE")]
                    Update {
                        table: String,
                        schema: String,
                        record: Raw,
                        old_record: Option<Raw>,
                        timestamp: String,
                    },
                }
            }

            pub mod chatterwise {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    pub event: Kind,
                    pub data: Option<Raw>,
                    pub timestamp: Option<String>,
                    pub chatbot_id: Option<String>,
                    pub user_id: Option<String>,
                    pub webhook_id: Option<String>,
                }

                #[derive(Deserialize)]
                pub enum Kind {
                    #[serde(rename = "message_received")]
                    MessageReceived,
                    #[serde(rename = "conversation_started")]
                    ConversationStarted,
                    #[serde(rename = "conversation_ended")]
                    ConversationEnded,
                    #[serde(rename = "webhook_test")]
                    WebhookTest,
                }

                #[derive(Deserialize)]
                #[serde(tag = "event", content = "data")]
                pub enum Tagged {
                    #[serde(rename = "message_received")]
                    MessageReceived(Raw),
                    #[serde(rename = "webhook_test")]
                    WebhookTest(Raw),
                }
            }

            pub mod record_envelope {
                #[allow(unused_imports, reason = "not every sender has a free-form part")]
                use super::Raw;
                use serde::Deserialize;

                #[derive(Deserialize)]
                pub struct Event {
                    pub event_type: String,
                    pub source: Source,
                    pub table_name: String,
                    pub record_id: Option<String>,
                    pub data: Option<Raw>,
                    pub timestamp: Option<String>,
                    pub metadata: Option<Raw>,
                }

                #[derive(Deserialize)]
                pub enum Source {
                    #[serde(rename = "supabase")]
                    Supabase,
                    #[serde(rename = "notion")]
                    Notion,
                }

                #[derive(Deserialize)]
                #[serde(tag = "event_type")]
                pub enum Tagged {
                    #[serde(rename = "INSERT")]
                    Insert {
                        source: Source,
                        table_name: String,
                        record_id: String,
                        data: Raw,
                        metadata: Option<Raw>,
                    },
                    #[serde(rename = "UPDATE")]
                    Update {
                        source: Source,
                        table_name: String,
                        record_id: String,
                        data: Raw,
                        metadata: Option<Raw>,
                    },
                }
            }
        }
    };
}

models!(raw, Box<serde_json::value::RawValue>);
models!(value, serde_json::Value);

/// A row of the Supabase body.
#[derive(serde::Deserialize)]
pub struct Station {
    pub id: i64,
    pub name: String,
    pub price: f64,
    pub note: String,
    pub history: Vec<Reading>,
    pub tags: Vec<String>,
    pub archived: bool,
    pub deleted_at: Option<String>,
    pub updated_at: String,
}

#[derive(serde::Deserialize)]
pub struct Reading {
    pub at: String,
    pub reading: f64,
    pub ok: bool,
}

/// The Supabase event with rows of a type.
pub mod typed {
    use serde::Deserialize;

    use super::Station;
    use super::raw::supabase::Operation;

    #[derive(Deserialize)]
    pub struct Event {
        #[serde(rename = "type")]
        pub kind: Operation,
        pub table: String,
        pub schema: String,
        pub record: Option<Station>,
        pub old_record: Option<Station>,
    }

    #[derive(Deserialize)]
    #[serde(tag = "type")]
    pub enum Tagged {
        #[serde(rename = "INSERT")]
        Insert { table: String, schema: String, record: Station },
        #[serde(rename = "UPDATE")]
        Update { table: String, schema: String, record: Station, old_record: Station },
    }
}
