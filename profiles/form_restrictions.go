package profiles

import (
	"net/url"
	"slices"
	"strings"

	"ranzen/profiles/schema"
)

const typeRestrictions = "com.apple.applicationaccess"

// restrictionGroups sorts Apple's restrictions by what a school has in mind when it looks for one. A test holds that
// every key of the schema stands in exactly one group.
var restrictionGroups = []struct{ name, keys string }{
	{"apps", `allowAppInstallation allowUIAppInstallation allowMarketplaceAppInstallation allowWebDistributionAppInstallation allowAppRemoval
		allowSystemAppRemoval allowAutomaticAppDownloads allowAppClips allowAppsToBeHidden allowAppsToBeLocked allowInAppPurchases
		forceITunesStorePasswordEntry allowEnterpriseAppTrust allowListedAppBundleIDs blockedAppBundleIDs whitelistedAppBundleIDs
		blacklistedAppBundleIDs autonomousSingleAppModePermittedAppIDs`},
	{"device", `allowEraseContentAndSettings allowUIConfigurationProfileInstallation allowAccountModification allowDeviceNameModification
		allowWallpaperModification allowNotificationsModification allowEnablingRestrictions allowPasscodeModification allowBluetoothModification
		allowCellularPlanModification allowAppCellularDataModification allowESIMModification allowESIMOutgoingTransfers forcePreserveESIMOnErase
		allowPersonalHotspotModification allowHostPairing allowUSBRestrictedMode allowUnpairedExternalBootToRecovery
		allowProximitySetupToNewDevice allowSharedDeviceTemporarySession allowAutoDim allowNFC allowSatelliteConnection
		allowGlobalBackgroundFetchWhenRoaming forceAutomaticDateAndTime allowPairedWatch forceWatchWristDetection
		allowDefaultBrowserModification allowDefaultCallingAppModification allowDefaultMessagingAppModification`},
	{"network", `forceWiFiPowerOn forceWiFiToAllowedNetworksOnly forceWiFiWhitelisting allowVPNCreation allowCloudPrivateRelay
		allowMailPrivacyProtection allowUntrustedTLSPrompt allowOTAPKIUpdates allowFilesNetworkDriveAccess allowFilesUSBDriveAccess`},
	{"classroom", `forceClassroomAutomaticallyJoinClasses forceClassroomRequestPermissionToLeaveClasses
		forceClassroomUnpromptedAppAndDeviceLock forceClassroomUnpromptedScreenObservation allowRemoteScreenObservation allowScreenShot`},
	{"lockscreen", `allowLockScreenControlCenter allowLockScreenNotificationsView allowLockScreenTodayView allowPassbookWhileLocked
		allowFingerprintForUnlock allowFingerprintModification allowAutoUnlock allowPasswordAutoFill allowPasswordProximityRequests
		allowPasswordSharing forceAuthenticationBeforeAutoFill`},
	{"sharing", `allowAirDrop forceAirDropUnmanaged allowOpenFromManagedToUnmanaged allowOpenFromUnmanagedToManaged requireManagedPasteboard
		allowManagedToWriteUnmanagedContacts allowUnmanagedToReadManagedContacts allowActivityContinuation allowiPhoneMirroring
		allowiPhoneWidgetsOnMac forceAirPlayOutgoingRequestsPairingPassword`},
	{"icloud", `allowCloudBackup allowCloudDocumentSync allowCloudKeychainSync allowCloudPhotoLibrary allowPhotoStream allowSharedStream
		allowManagedAppsCloudSync allowEnterpriseBookBackup allowEnterpriseBookMetadataSync forceEncryptedBackup`},
	{"messages", `allowChat allowRCSMessaging allowVideoConferencing allowVideoConferencingRemoteControl allowCallRecording allowLiveVoicemail
		deniedICCIDsForiMessageFaceTime deniedICCIDsForRCS allowCamera allowedCameraRestrictionBundleIDs`},
	{"media", `allowExplicitContent allowiTunes allowMusicService allowRadioService allowPodcasts allowNews allowBookstore allowBookstoreErotica
		allowGameCenter allowMultiplayerGaming allowAddingGameCenterFriends ratingRegion ratingMovies ratingTVShows ratingApps
		ratingAppsExemptedBundleIDs`},
	{"safari", `allowSafari safariAllowAutoFill safariForceFraudWarning safariAllowJavaScript safariAllowPopups safariAcceptCookies
		allowSafariPrivateBrowsing allowSafariHistoryClearing allowSafariSummary`},
	{"privacy", `allowDiagnosticSubmission allowDiagnosticSubmissionModification allowApplePersonalizedAdvertising forceLimitAdTracking
		allowFindMyDevice allowFindMyFriends allowFindMyFriendsModification allowSpotlightInternetResults`},
	{"intelligence", `allowAssistant allowAssistantWhileLocked allowAssistantUserGeneratedContent forceAssistantProfanityFilter allowVoiceDialing
		allowWritingTools allowGenmoji allowImagePlayground allowImageWand allowPersonalizedHandwritingResults allowMailSmartReplies
		allowMailSummary allowNotesTranscription allowNotesTranscriptionSummary allowVisualIntelligenceSummary allowAppleIntelligenceReport
		allowExternalIntelligenceIntegrations allowExternalIntelligenceIntegrationsSignIn allowedExternalIntelligenceWorkspaceIDs`},
	{"keyboard", `allowAutoCorrection allowSpellCheck allowPredictiveKeyboard allowContinuousPathKeyboard allowKeyboardShortcuts
		allowDefinitionLookup allowDictation forceOnDeviceOnlyDictation forceOnDeviceOnlyTranslation`},
	{"print", `allowAirPrint allowAirPrintCredentialsStorage allowAirPrintiBeaconDiscovery forceAirPrintTrustedTLSRequirement`},
}

// schoolBaseline is where most schools start with supervised iPads of pupils: nothing that leads out of management,
// around the network, or to strangers.
const schoolBaseline = `allowUIConfigurationProfileInstallation allowEraseContentAndSettings allowAccountModification allowDeviceNameModification
	allowEnablingRestrictions allowHostPairing allowVPNCreation allowCloudPrivateRelay allowUIAppInstallation allowExplicitContent
	allowDiagnosticSubmission allowApplePersonalizedAdvertising allowMarketplaceAppInstallation allowWebDistributionAppInstallation
	forceAutomaticDateAndTime forceWiFiPowerOn forceAirDropUnmanaged`

// restrictionsForm has every restriction Apple has not removed. A switch has three states, because "not set" and
// "allowed" differ as soon as two profiles with restrictions meet: the stricter one wins only where it speaks.
func restrictionsForm() Form {
	o, ok := schema.Profile(typeRestrictions)
	if !ok {
		panic("profiles: the schema has no restrictions")
	}
	f := Form{Kind: "restrictions", Type: typeRestrictions}
	f.finish = func(d Dict, v url.Values) FieldErrors {
		entered := slices.ContainsFunc(f.Fields(), func(x Field) bool { return v.Get(x.Name) != "" })
		if len(d) == 0 && !entered {
			return FieldErrors{fieldError("", "form.nothing")}
		}
		return nil
	}
	strict := map[string]string{}
	for _, g := range restrictionGroups {
		group := Group{Name: g.name}
		for _, name := range strings.Fields(g.keys) {
			k, ok := o.Key(name)
			if !ok || k.Elsewhere || k.Removed != "" {
				continue // gone from a newer schema: the form loses it, profiles that have it keep it
			}
			x := restriction(k)
			strict[name] = x.Strict
			group.Fields = append(group.Fields, x)
		}
		f.Groups = append(f.Groups, group)
	}
	baseline := url.Values{}
	for _, name := range strings.Fields(schoolBaseline) {
		baseline.Set(name, strict[name])
	}
	f.Presets = []Preset{{Name: "school", Values: baseline}}
	return f
}

func restriction(k *schema.Key) Field {
	x := Field{Name: k.Path, Key: k.Path}
	switch k.Type {
	case "boolean":
		x.Kind, x.Options, x.Strict = ChoiceField, []string{"", "false", "true"}, "false"
		if k.Default == false && !strings.HasPrefix(k.Path, "allow") {
			x.Strict = "true"
		}
	case "array":
		x.Kind = ListField
	case "integer":
		x.Kind = NumberField
	case "real":
		x.Kind, x.real, x.Options = ChoiceField, true, []string{""}
		for _, e := range k.Enum {
			if n, ok := number(e); ok {
				x.Options = append(x.Options, trim(n))
			}
		}
	default:
		x.Kind, x.Max = TextField, 200
		if len(k.Enum) > 0 {
			x.Kind, x.Options = ChoiceField, []string{""}
			for _, e := range k.Enum {
				if s, ok := e.(string); ok {
					x.Options = append(x.Options, s)
				}
			}
		}
	}
	return x
}
