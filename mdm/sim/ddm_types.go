package sim

import "strings"

// What iPadOS knows of declarative management, from Apple's schema: type, first version, then the top-level keys of its
// payload. A star marks a required key, @ the version from which a key exists.
const knownDeclarations = `
com.apple.activation.simple 15.0 Predicate StandardConfigurations*
com.apple.asset.credential.acme 17.0 Accessible Authentication Reference*
com.apple.asset.credential.certificate 17.0 Authentication Reference*
com.apple.asset.credential.identity 17.0 Accessible Authentication Reference*
com.apple.asset.credential.scep 17.0 Accessible Authentication Reference*
com.apple.asset.credential.userpassword 15.0 Authentication@17.0 Reference*
com.apple.asset.data 17.0 Authentication Reference*
com.apple.asset.useridentity 15.0 EmailAddress FullName
com.apple.configuration.accessibility.settings 27.0 Vision
com.apple.configuration.account.caldav 15.0 AuthenticationCredentialsAssetReference HostName* Path Port VisibleName
com.apple.configuration.account.carddav 15.0 AuthenticationCredentialsAssetReference HostName* Path Port VisibleName
com.apple.configuration.account.exchange 15.0 AuthenticationCredentialsAssetReference AuthenticationIdentityAssetReference CalendarServiceActive ContactsServiceActive EnabledProtocolTypes* HostName LockCalendarService LockContactsService LockMailService LockNotesService LockRemindersService MailServiceActive NotesServiceActive OAuth RemindersServiceActive SMIME@17.0 UserIdentityAssetReference VisibleName
com.apple.configuration.account.google 15.0 UserIdentityAssetReference* VisibleName
com.apple.configuration.account.ldap 15.0 AuthenticationCredentialsAssetReference HostName* Port SearchSettings VisibleName
com.apple.configuration.account.mail 15.0 IncomingServer* OutgoingServer* SMIME@17.0 UserIdentityAssetReference VisibleName
com.apple.configuration.account.subscribed-calendar 15.0 AuthenticationCredentialsAssetReference CalendarURL* VisibleName
com.apple.configuration.app.managed 17.2 AppConfig@18.4 AppStoreID Attributes BundleID ExtensionConfigs@18.4 IncludeInBackup InstallBehavior LegacyAppConfigAssetReference@18.4 ManifestURL UpdateBehavior@26.0
com.apple.configuration.app.settings 27.0 Allowed Privacy
com.apple.configuration.audio-accessory.settings 26.0 TemporaryPairing
com.apple.configuration.extensible-sso 27.0 DeniedBundleIdentifiers ExtensionComposedIdentifier* ExtensionData Hosts Realm ScreenLockedBehavior Type* URLs
com.apple.configuration.external-intelligence.settings 26.4 AllowedWorkspaceIDs AllowSignIn Enabled
com.apple.configuration.intelligence.settings 26.4 AllowAppleIntelligenceReport AllowGenmoji AllowImagePlayground AllowImageWand AllowPersonalizedHandwritingResults AllowVisualIntelligenceSummary AllowWritingTools Apps ForceOnDeviceOnlyDictation ForceOnDeviceOnlyTranslation
com.apple.configuration.keyboard.settings 26.4 AllowAutoCorrection AllowDefinitionLookup AllowDictation AllowMathKeyboardSuggestions AllowPredictiveText AllowSlideToType AllowSpellCheck AllowTextReplacement
com.apple.configuration.legacy 15.0 ProfileAssetReference@27.0 ProfileURL
com.apple.configuration.legacy.interactive 15.0 ProfileAssetReference@27.0 ProfileURL VisibleName*
com.apple.configuration.management.status-subscriptions 15.0 StatusItems*
com.apple.configuration.math.settings 18.0 Calculator SystemBehavior
com.apple.configuration.network.dns-proxy 27.0 AppBundleIdentifier* DNSProxyUUID ProviderComposedIdentifier ProviderConfiguration VisibleName*
com.apple.configuration.network.dns-settings 27.0 DNSSettings* OnDemandRules ProhibitDisablement VisibleName*
com.apple.configuration.network.relay 27.0 AllowDNSFailover ExcludedDomains ExcludedFQDNs MatchDomains MatchFQDNs Relays* RelayUUID UIToggleEnabled VisibleName*
com.apple.configuration.network.vpn.always-on 27.0 AllowAllCaptiveNetworkPlugins AllowCaptiveWebSheet AllowedCaptiveNetworkPlugins ApplicationExceptions DNS Proxies ServiceExceptions TunnelConfigurations* UIToggleEnabled VisibleName*
com.apple.configuration.network.vpn.ikev2 27.0 Authentication* ChildSecurityAssociationParameters DisableMOBIKE DisableRedirect DNS EnableCertificateRevocationCheck EnableFallback EnableNATKeepAliveOffload EnablePFS EnforceStrictAlgorithmSelection HostName* Idle IKESecurityAssociationParameters LocalIdentifier* MTU NATKeepAliveInterval NetworkRouting OnDemand PostQuantumKeyExchange Provider Proxies RemoteIdentifier* UseConfigurationAttributeInternalIPSubnet VisibleName*
com.apple.configuration.network.vpn.ipsec 27.0 Authentication* DNS HostName* Idle OnDemand OverridePrimary Proxies VisibleName*
com.apple.configuration.network.vpn.vpn-plugin 27.0 Authentication* DNS HostName* Idle NetworkRouting OnDemand Provider Proxies SubType* VendorConfig VisibleName*
com.apple.configuration.passcode.settings 15.0 MaximumFailedAttempts MaximumGracePeriodInMinutes MaximumInactivityInMinutes MaximumPasscodeAgeInDays@16.2 MinimumComplexCharacters@16.2 MinimumLength PasscodeReuseLimit RequireAlphanumericPasscode@16.2 RequireComplexPasscode RequirePasscode
com.apple.configuration.safari.bookmarks 26.0 ManagedBookmarks
com.apple.configuration.safari.extensions.settings 18.0 ManagedExtensions
com.apple.configuration.safari.settings 26.0 AcceptCookies AllowDisablingFraudWarning AllowHistoryClearing AllowJavaScript AllowPopups AllowPrivateBrowsing AllowSummary NewTabStartPage Privacy@27.0
com.apple.configuration.security.certificate 17.0 CredentialAssetReference*
com.apple.configuration.security.identity 17.0 CredentialAssetReference*
com.apple.configuration.security.passkey.attestation 17.0 AttestationIdentityAssetReference* RelyingParties*
com.apple.configuration.siri.settings 26.4 AllowSiriAI@27.0 AllowUserGeneratedContent AllowWhileLocked Enabled ForceProfanityFilter ForceReduceSensitiveContent@27.0
com.apple.configuration.softwareupdate.enforcement.specific 17.0 DetailsURL TargetBuildVersion TargetLocalDateTime* TargetOSVersion*
com.apple.configuration.softwareupdate.settings 18.0 AutomaticActions Beta Deferrals Notifications RapidSecurityResponse RecommendedCadence
com.apple.configuration.webcontent-filter.plugin 27.0 Authentication ContentFilterUUID Filter Organization PluginBundleID* ServerAddress VendorConfig VisibleName*
com.apple.management.organization-info 15.0 Email Name* Proof URL
com.apple.management.properties 16.0 ANY
com.apple.management.server-capabilities 15.0 SupportedFeatures* Version*
`

// Status items by the version that reports them first.
const knownStatusItems = `
account.list.caldav 16.0
account.list.carddav 16.0
account.list.exchange 16.0
account.list.google 16.0
account.list.ldap 16.0
account.list.mail.incoming 16.0
account.list.mail.outgoing 16.0
account.list.subscribed-calendar 16.0
app.managed.list 17.2
device.identifier.serial-number 16.0
device.identifier.udid 16.0
device.model.family 15.0
device.model.identifier 15.0
device.model.marketing-name 15.0
device.model.number 17.0
device.operating-system.build-version 15.0
device.operating-system.family 15.0
device.operating-system.marketing-name 15.0
device.operating-system.supplemental.build-version 16.1
device.operating-system.supplemental.extra-version 16.1
device.operating-system.version 15.0
device.power.battery-health 17.0
device.system.health 27.0
enhanced-logging.applecare-token 27.0
enhanced-logging.noninteractive-eligibility 27.2
enhanced-logging.status 27.0
enhanced-logging.timestamp 27.0
management.client-capabilities 15.0
management.declarations 15.0
mdm.app 16.0
mdm.enrollment-type 27.0
mdm.is-awaiting-configuration 27.0
mdm.is-return-to-service 27.0
mdm.is-shared-ipad 27.0
mdm.push-magic 27.0
mdm.push-token 27.0
passcode.is-compliant 16.0
passcode.is-present 16.0
security.certificate.list 17.0
security.lockdown-mode 27.0
softwareupdate.beta-enrollment 18.0
softwareupdate.device-id 18.0
softwareupdate.failure-reason 17.0
softwareupdate.install-reason 17.0
softwareupdate.install-state 17.0
softwareupdate.pending-version 17.0
`

type payloadKey struct {
	since    string
	required bool
}

type declarationType struct {
	name  string
	since string
	keys  map[string]payloadKey
	open  bool // any key is welcome
}

type statusItemType struct{ name, since string }

var (
	declarationTypes = parseDeclarationTypes(knownDeclarations)
	statusItemTypes  = parseStatusItemTypes(knownStatusItems)
)

func parseDeclarationTypes(table string) map[string]declarationType {
	types := make(map[string]declarationType)
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		f := strings.Fields(line)
		t := declarationType{name: f[0], since: f[1], keys: make(map[string]payloadKey)}
		for _, k := range f[2:] {
			key := payloadKey{since: t.since}
			if name, since, ok := strings.Cut(k, "@"); ok {
				k, key.since = name, since
			}
			k, key.required = strings.CutSuffix(k, "*")
			if k == "ANY" {
				t.open = true
				continue
			}
			t.keys[k] = key
		}
		types[t.name] = t
	}
	return types
}

func parseStatusItemTypes(table string) []statusItemType {
	var items []statusItemType
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		f := strings.Fields(line)
		items = append(items, statusItemType{name: f[0], since: f[1]})
	}
	return items
}

// kindOf maps a declaration type to the word in the declaration endpoint; unknown families are none.
func kindOf(typ string) string {
	rest, ok := strings.CutPrefix(typ, "com.apple.")
	if !ok {
		return ""
	}
	kind, _, ok := strings.Cut(rest, ".")
	if !ok {
		return ""
	}
	switch kind {
	case "activation", "asset", "configuration", "management":
		return kind
	}
	return ""
}
