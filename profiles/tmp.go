package profiles

const dockPlaces = 15
