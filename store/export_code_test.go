package store

// ReadTyped is readTyped for its fuzz test.
var ReadTyped = readTyped
