//! The certificates of a control plane: one authority, a serving certificate, an administrator.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

/// Certificates as PEM.
pub(crate) struct Identity {
    pub(crate) authority: String,
    pub(crate) administrator: (String, String),
}

impl Identity {
    /// Makes them; what servers read is written to files.
    pub(crate) fn make(directory: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "flagfall tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);

        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let serving = issued(&issuer, "kube-apiserver", None, &names, ExtendedKeyUsagePurpose::ServerAuth);
        let administrator = issued(&issuer, "admin", Some("system:masters"), &[], ExtendedKeyUsagePurpose::ClientAuth);
        let accounts = KeyPair::generate().unwrap();
        for (name, text) in [
            ("ca.crt", certificate.pem()),
            ("serving.crt", serving.0),
            ("serving.key", serving.1),
            ("sa.key", accounts.serialize_pem()),
            ("sa.pub", accounts.public_key_pem()),
        ] {
            std::fs::write(directory.join(name), text).unwrap();
        }
        Self { authority: certificate.pem(), administrator }
    }
}

fn issued(
    issuer: &Issuer<'_, KeyPair>,
    name: &str,
    organization: Option<&str>,
    names: &[String],
    usage: ExtendedKeyUsagePurpose,
) -> (String, String) {
    let mut params = CertificateParams::new(names.to_vec()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(organization) = organization {
        params.distinguished_name.push(DnType::OrganizationName, organization);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}
