package sim

import "time"

// Weather is everything that goes wrong by chance. Probabilities run from 0 to 1; durations are upper bounds of an even draw,
// in the iPads' time. It is plain data: hand a changed copy to Apple.SetWeather while the world runs.
type Weather struct {
	// Pushes on their way from APNs to an iPad.
	PushLost  float64
	PushDelay time.Duration

	// The wire between an iPad and the server. With AnswerLost the server has done its part and the iPad does not know,
	// so it sends the same report again.
	RequestLost float64
	AnswerLost  float64
	ReportTwice float64
	Delay       time.Duration // before an iPad that was woken begins to talk

	// People and batteries.
	NotNow   float64 // a command that may be put off is put off
	Sleep    float64 // after a session the iPad falls asleep
	SleepFor time.Duration
	NoErase  float64 // an erase is acknowledged and does not happen
	NoPlace  float64 // a lost iPad does not know where it is

	// Apple's Activation Lock.
	UnlockUnavailable float64 // 503: nobody knows whether the lock is off

	UpdateBroken float64 // a loaded update cannot be verified

	// The enrolment service.
	DEPThrottled       float64 // 429 with Retry-After
	DEPUnavailable     float64 // 503 with Retry-After
	DEPForgets         float64 // the session is forgotten: 401 or 403 FORBIDDEN
	DEPNewSession      float64 // an answer carries a new session token
	DEPCursorExpires   float64
	DEPOverlap         float64 // pages overlap and repeat serials
	DEPAssignThrottled float64 // a serial of an assignment comes back THROTTLED
	RetryAfter         time.Duration

	// Apps and Books, and the App Store on the iPads.
	StoreThrottled   float64 // 429 with Retry-After
	StoreUnavailable float64 // 503 with Retry-After
	StoreAnswerLost  float64 // it was done, and the answer says 500
	StoreEventLost   float64 // an event stays pending for ever and does nothing
	StorePartial     float64 // one licence of an event does not move
	StoreDelay       time.Duration
	AppFails         float64 // a download fails
	AppTakes         time.Duration

	// APNs.
	APNsThrottled    float64 // 429 TooManyRequests
	APNsUnavailable  float64 // 503 ServiceUnavailable
	APNsGoAway       float64 // the connection is closed after this answer
	PushTokenChanges float64 // 410 Unregistered, and the iPad comes back with a new push token
}

// Calm is weather in which nothing goes wrong and nothing waits.
func Calm() Weather { return Weather{RetryAfter: time.Second} }

// Hostile is the weather a server must be built for, and the default.
func Hostile() Weather {
	return Weather{
		PushLost:  0.10,
		PushDelay: 2 * time.Second,

		RequestLost: 0.01,
		AnswerLost:  0.02,
		ReportTwice: 0.02,
		Delay:       500 * time.Millisecond,

		NotNow:   0.05,
		Sleep:    0.02,
		SleepFor: 2 * time.Minute,
		NoErase:  0.05,
		NoPlace:  0.10,

		UnlockUnavailable: 0.05,

		UpdateBroken: 0.05,

		DEPThrottled:       0.03,
		DEPUnavailable:     0.03,
		DEPForgets:         0.03,
		DEPNewSession:      0.10,
		DEPCursorExpires:   0.01,
		DEPOverlap:         0.20,
		DEPAssignThrottled: 0.01,
		RetryAfter:         time.Second,

		StoreThrottled:   0.03,
		StoreUnavailable: 0.03,
		StoreAnswerLost:  0.02,
		StoreEventLost:   0.02,
		StorePartial:     0.05,
		StoreDelay:       30 * time.Second,
		AppFails:         0.02,
		AppTakes:         20 * time.Second,

		APNsThrottled:    0.01,
		APNsUnavailable:  0.02,
		APNsGoAway:       0.01,
		PushTokenChanges: 0.002,
	}
}
