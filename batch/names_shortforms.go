package batch

import "strings"

// shortForms are the ways in which the commonest names and titles of birth are written and
// abbreviated. An abbreviation may stand for two.
var shortForms = func() map[string][]string {
	forms := make(map[string][]string)
	for full, ways := range map[string]string{
		"muhammad": `mohammad muhamad mohamad muhammed mohammed mohamed muhamed mochammad mochamad muchammad muchamad mukhammad mukhamad
			mokhamad mokhammad moch much muh moh mhd muhd mohd mochd mohammd moehammad moehamad md mkh`,
		"siti":   `sitti sity st sti`,
		"ahmad":  `achmad akhmad ahmed ahmat achmat ach akh achm ahm`,
		"abdul":  `abd abdoel abdu abdl abdur abdus`,
		"nur":    `noor noer nor nuur nr`,
		"kusuma": `kesuma koesoema koesuma kusumah`,
		"saleh":  `soleh sholeh shaleh salih`,
		"wayan":  `wyn`,
		"made":   `md`,
		"nyoman": `nym nmn`,
		"ketut":  `kt`,
		"putu":   `pt`,
		"gede":   `gd gde`,
		"gusti":  `gst`,
		"komang": `km kmg`,
		"kadek":  `kd kdk`,
		"sutan":  `st stn`,
		"datuk":  `datuak datuq dt`,
		"daeng":  `dg`,
	} {
		for _, way := range strings.Fields(full + " " + ways) {
			forms[way] = append(forms[way], full)
		}
	}
	return forms
}()

// commonWords are shared by so many people that they tell little, in today's spelling.
var commonWords = func() map[string]bool {
	set := make(map[string]bool)
	for w := range wordSet(`muhammad siti ahmad abdul nur nurul sri dwi tri eka dewi putra putri maria raden
		made wayan nyoman ketut gede putu kadek komang luh gusti ayu ni ida agus`) {
		set[spellings(w, "", false)[0]] = true
	}
	return set
}()
